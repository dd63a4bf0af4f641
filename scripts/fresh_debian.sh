# A fresh Debian 12 in a folder, for scripts that try riskd there: `source` it. Needs root and debootstrap. The packages come
# from where this machine's apt gets Debian's. What calls these functions has a function `die`.
# shellcheck shell=bash

readonly debian_release=bookworm

# Debian's own sources of this machine's apt: "address suite components…", the release's first.
debian_sources() {
  # shellcheck disable=SC2016  # apt fills these in
  apt-get indextargets --format '$(SITE) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' 'Origin: Debian' |
    awk -v release="$debian_release" 'index($2, release) == 1 { key = $1 " " $2; parts[key] = parts[key] " " $3 }
      END { for (key in parts) print key parts[key] }' | awk '!seen[$0]++' | sort -k 2
}

# How this machine's apt reaches them, for the apt in the room.
apt_settings() {
  apt-config dump | grep -iE '^Acquire::((https?|ftp)(::[^ ]+)? |Check-(Valid-Until|Date) )' || true
}

# The fresh system as a tar archive, with nothing but git and certificates.
make_debian_base() { # FILE
  local file=$1 address rest folder
  read -r address rest < <(debian_sources) || die "apt on this machine has no lists of $debian_release: apt-get update"
  [[ ${rest%% *} == "$debian_release" ]] || die "apt on this machine knows no source of $debian_release"
  mkdir -p "$(dirname "$file")"
  folder=$(mktemp -d "$(dirname "$file")/base.XXXXXX")
  echo "making a fresh Debian 12"
  if ! debootstrap --variant=minbase --include=git,ca-certificates "$debian_release" "$folder" "$address" \
    >"$(dirname "$file")/debootstrap.log" 2>&1; then
    tail -n 20 "$(dirname "$file")/debootstrap.log" >&2
    die "debootstrap failed"
  fi
  : >"$folder/etc/apt/sources.list" # written anew each time
  find "$folder/var/cache/apt" "$folder/var/lib/apt/lists" -type f -delete
  chmod 755 "$folder"
  tar -C "$folder" --one-file-system -cf "$file.part" .
  mv "$file.part" "$file"
  rm -rf --one-file-system "$folder"
}

# Unpacks it where nothing is, with an apt that reaches what this machine's reaches.
make_debian_room() { # FILE ROOM
  local room=$2
  mkdir -p "$room"
  tar -C "$room" -xf "$1"
  debian_sources | sed 's|^|deb |' >"$room/etc/apt/sources.list"
  apt_settings >"$room/etc/apt/apt.conf.d/90host"
  cp -L /etc/resolv.conf /etc/hosts "$room/etc/"
  if [[ -d /usr/local/share/ca-certificates ]]; then
    cp -R /usr/local/share/ca-certificates/. "$room/usr/local/share/ca-certificates/"
  fi
}
