# Makes riskd.toml(5) from docs/configuration.md: paragraphs, blocks of code, and the rows of tables as a list.
# usage: awk -f riskd.toml.awk docs/configuration.md

# Code and links become text, and each sentence a line of its own.
function say(text,    words, count, i, line, out) {
  while (match(text, /\[[^]`]*\]\([^)]*\)/)) {
    line = substr(text, RSTART + 1, RLENGTH - 1)
    sub(/\].*/, "", line)
    text = substr(text, 1, RSTART - 1) line substr(text, RSTART + RLENGTH)
  }
  gsub(/\\/, "\\e", text)
  gsub(/\*\*/, "", text)
  while (sub(/`/, "\\(oq", text)) sub(/`/, "\\(cq", text)
  count = split(text, words, " ")
  line = ""
  for (i = 1; i <= count; i++) {
    if (line != "" && (line ~ /\.$/ || length(line) + length(words[i]) > 78)) { out = out safe(line) "\n"; line = "" }
    line = line (line == "" ? "" : " ") words[i]
  }
  if (line != "") printf "%s%s\n", out, safe(line)
}
function safe(line) { return line ~ /^[.']/ ? "\\&" line : line }
function end_paragraph() { if (paragraph != "") { print ".Pp"; say(paragraph) } paragraph = "" }
function end_list() { if (in_list) print ".El"; in_list = 0 }

BEGIN {
  print ".Dd November 30, 2026\n.Dt RISKD.TOML 5\n.Os\n.Sh NAME\n.Nm riskd.toml\n.Nd configuration of riskd\n.Sh DESCRIPTION"
  print "The file is in the format TOML.\nAfter a change\n.Xr riskd 8\nis started again."
}
/^```/ {
  end_paragraph(); end_list()
  in_code = !in_code
  print in_code ? ".Bd -literal -offset indent" : ".Ed"
  next
}
in_code { gsub(/\\/, "\\e"); print safe($0); next }
/^# / { next }
/^#+ / { end_paragraph(); end_list(); sub(/^#+ /, ""); print ".Ss " $0; next }
/^\|[-| :]*$/ { next }
/^\| key / { next }
/^\|/ {
  end_paragraph()
  if (!in_list) { print ".Bl -tag -width Ds"; in_list = 1 }
  sub(/^\| */, ""); sub(/ *\| *$/, "")
  count = split($0, cells, / *\| */)
  gsub(/[`"\\]/, "", cells[1])
  print ".It \"\\&" cells[1] "\""
  if (count > 2 && cells[2] == "required") say("Required.")
  else if (count > 2 && cells[2] != "") say("Default: " cells[2] ".")
  say(cells[count] ".")
  next
}
/^$/ { end_paragraph(); end_list(); next }
{ paragraph = paragraph " " $0 }
END {
  end_paragraph(); end_list()
  print ".Sh FILES\n.Pa /etc/riskd/riskd.toml\n.Sh SEE ALSO\n.Xr riskctl 1 ,\n.Xr riskd 8\n.Pp"
  print ".Pa /usr/share/doc/riskd/configuration.md ,\n.Pa /usr/share/doc/riskd/connectors.md"
}
