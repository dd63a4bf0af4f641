# shellcheck shell=bash
# For the runners here: `node_packages FOLDER` puts the packages of package-lock.json into the folder of
# the build tree, once, also where two tests ask at the same time. Ends the test with 77, which ctest
# shows as skipped, where node, npm or the packages cannot be had.

node_packages() {
  local from folder=$1 program
  from=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
  for program in node npm; do
    if ! command -v "$program" >/dev/null; then
      echo "skipped: there is no $program (scripts/packages.txt, job test)"
      exit 77
    fi
  done
  mkdir -p "$folder"
  exec 9>"$folder/lock"
  flock 9
  if ! cmp -s "$from/package-lock.json" "$folder/installed.json"; then
    cp "$from/package.json" "$from/package-lock.json" "$folder/"
    if ! (cd "$folder" && npm ci --no-audit --no-fund --ignore-scripts 9>&-); then
      echo "skipped: npm cannot get the packages of tests/trackers/package-lock.json"
      exit 77
    fi
    cp "$from/package-lock.json" "$folder/installed.json"
  fi
  exec 9>&-
}
