#!/usr/bin/env python3
"""Each check of `content` finds the mistake that it is for: the rules are copied, spoilt in one place, and
must be complained about.

usage: tests/rules/content_test.py BIN
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
RULES = HERE.parent.parent / "rules"

# Check, file, what stands there, what is written instead, what the complaint says.
MISTAKES = [
    ("the files as riskctl reads them", "web/database.risk", "when stores-cards\n", "when stores-cards and reachable-from is office\n",
     "the pattern card-store does not apply"),
    ("CWEs", "web/injection.risk", "CWE-89 ", "CWE-20 ", "mapping to it is Discouraged"),
    ("CWEs", "web/injection.risk", "CWE-89 ", "CWE-264 ", "is a category"),
    ("CWEs", "web/injection.risk", "CWE-611 ", "", "external-entities has no CWE"),
    ("one weakness for a CWE", "web/injection.risk", "CWE-611 ", "CWE-776 ", "CWE-776 reaches"),
    ("standards", "web/shared.risk", 'standard "ASVS 5.0 12.2.1"', 'standard "ASVS 5.0 1.14.1"', "the list has no 1.14.1"),
    ("standards", "web/shared.risk", 'standard "ASVS 5.0 12.2.1"', 'standard "ASVS 12.2.1"', "no list is called `ASVS`"),
    ("standards", "web/access.risk", 'standard "ASVS 5.0 11.5.1"', "", "names no requirement of ASVS 5.0"),
    ("standards", "web/access.risk", 'standard "OWASP API Top 10 API1:2023"', 'standard "OWASP API Top 10 API11:2023"', "has no API11:2023"),
    ("guides", "web/access.risk", "Use random ids of 122 bits or more in addresses and APIs, and keep sequential ones inside.", "",
     "the guide of random-record-ids has"),
    ("alerts of ZAP", "web/sessions.risk", "test zap 10202\n", "test zap 10202\n      test zap 40023\n", "no alert 40023"),
    ("rules of CodeQL", "web/operation.risk", '"rust/hard-coded-cryptographic-value"', '"js/hardcoded-credentials"',
     "has a rule js/hardcoded-credentials"),
    ("categories of Wapiti and Fortify", "web/browser.risk", 'test wapiti "Stored Cross Site Scripting"', "",
     "'Stored Cross Site Scripting' is a test of nothing"),
    ("categories of Wapiti and Fortify", "web/sign-in.risk", '"Weak Cryptographic Hash: Insecure PBE Iteration Count"', '"Weak Cryptographic Hash"',
     "'Weak Cryptographic Hash' is a test of weak-password-hash"),
    ("reach by CWE", "web/operation.risk", "CWE-497 \"Headers tell product names and versions\" {\n      match cwe never",
     "CWE-497 \"Headers tell product names and versions\" {", "10096 (CWE [497]) reaches version-banners"),
    ("reach by CWE", "web/browser.risk", 'test sarif "js/stored-xss"', 'test sarif "js/stored-xss"\n      test sarif "js/xss"',
     "js/xss reaches 2 weaknesses"),
    ("reach by CWE", "web/api.risk", "CWE-942 \"Any site may read answers with the user's rights\" {",
     "CWE-942 \"Any site may read answers with the user's rights\" {\n      match cwe never", "nothing is as this line says any more"),
    ("agreed reach", "web/operation.risk", "test zap 40045\n", "", "40045 reaches command-injection; agreed is vulnerable-library"),
]


def complaints(binaries, rules):
    done = subprocess.run([sys.executable, "-B", str(HERE / "content"), binaries, str(rules)], capture_output=True, text=True, check=False)
    if done.returncode == 77:
        print(done.stdout, end="")
        sys.exit(77)
    found, check = {}, None
    for line in done.stdout.splitlines():
        if line.startswith(("ok  ", "FAIL")):
            check = line[4:].strip()
        elif line.startswith("      "):
            found.setdefault(check, []).append(line.strip())
    return found, done.stdout + done.stderr


def main(arguments):
    if len(arguments) != 1:
        sys.exit(__doc__)
    failed = 0
    for check, name, old, new, expected in MISTAKES:
        with tempfile.TemporaryDirectory(prefix="riskd-content.") as scratch:
            rules = Path(scratch) / "rules"
            shutil.copytree(RULES, rules)
            path = rules / name
            text = path.read_text(encoding="utf-8")
            if old not in text:
                print(f"FAIL  {name} has no {old!r} any more")
                failed += 1
                continue
            path.write_text(text.replace(old, new, 1), encoding="utf-8")
            found, said = complaints(os.path.abspath(arguments[0]), rules)
        good = any(expected in each for each in found.get(check, []))
        print(f"{'ok  ' if good else 'FAIL'}  {check}: {expected}")
        if not good:
            print(said)
            failed += 1
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
