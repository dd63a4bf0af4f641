#!/usr/bin/env python3
"""Holds the sources and the link lines to docs/ARCHITECTURE.md: what may include what.

    layers.py TOP LINKS    exit 0 where all is as it should be, 1 with a line for each violation

TOP is the repository, LINKS the list that tests/house/CMakeLists.txt writes. The tables below are
the rules; a new package or folder is entered here first.
"""

import re
import sys
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

# A layer is the longest folder that is named here. What it may include and link beside itself:
ARROWS = {
    "engine": set(),
    "dsl": {"engine"},
    "connectors": {"engine"},
    "daemon/store": {"engine", "dsl"},
    "daemon/server": {"engine"},
    "daemon": {"engine", "dsl", "connectors", "daemon/store", "daemon/server"},
}
DAEMON = ("daemon", "daemon/store", "daemon/server")


def in_order(*folders):
    """Each folder may include those before it."""
    return {folder: set(folders[:number]) for number, folder in enumerate(folders)}


# What a folder may include of the folders beside it. "" are the files that lie in none of them.
INNER = {
    "engine": in_order("base", "vocabulary", "program", "facts", "plan", "evaluate", "update", "explain"),
    "dsl": {
        **in_order("text", "syntax", "conditions", "compile", "analyse", ""),
        "scenario": {"text", "syntax", "compile"},
        "catalogue": {"text", "syntax", "compile"},
        "format": {"text", "syntax"},
        "index": {"text", "syntax", "compile"},
    },
    "connectors": {"http": set(), "reports": {""}, "trackers": {"", "http"}, "": {"reports", "trackers"}},
    "daemon": {
        "store": set(),
        "server": set(),
        "wire": set(),
        "log": {"store"},
        "snapshot": {"store"},
        "service": {"log", "snapshot", "store", "wire"},
        "api": {"service", "server", "wire"},
        "client": set(),
        "console": {"wire"},
        "supervisor": {"client"},
        "lsp": {"wire"},
        "riskctl": {"client", "log", "lsp", "store", "wire"},
        "": {"api", "console", "service", "server", "supervisor"},
    },
}


@dataclass
class Package:
    headers: str  # what its headers' names begin with
    links: tuple  # what CMake calls it
    layers: tuple  # where it may be used
    files: tuple = ("*",)  # and in which files there
    one_wrapper: bool = False  # one file of each library includes it
    by_program: bool = False  # the program links it, for all of its libraries


PACKAGES = [
    Package("tao/pegtl", ("taocpp::pegtl",), ("dsl",), ("dsl/syntax/lexer.cpp", "dsl/syntax/parse*.cpp")),
    Package("bdd.h", ("BuDDy::bdd",), ("dsl",), ("dsl/conditions/decision_diagrams.cpp",), one_wrapper=True),
    Package("lmdb.h", ("PkgConfig::LMDB",), ("daemon/store",), ("*.cpp",), one_wrapper=True),
    Package("boost/json", ("Boost::json",), ("connectors", *DAEMON)),
    Package("boost/", ("Boost::headers",), ("daemon/server",)),
    Package("curl/", ("CURL::libcurl",), ("connectors",), ("*.cpp",), one_wrapper=True),
    Package("expat.h", ("EXPAT::EXPAT",), ("connectors",)),
    Package("zip.h", ("PkgConfig::LIBZIP",), ("connectors",), ("*.cpp",), one_wrapper=True),
    Package("zlib.h", ("ZLIB::ZLIB",), ("connectors", "daemon/store"), ("*.cpp",), one_wrapper=True),
    Package("toml++/", ("tomlplusplus::tomlplusplus",), ("daemon",)),
    Package("CLI/", ("CLI11::CLI11",), ("daemon",)),
    Package("openssl/", ("OpenSSL::Crypto", "OpenSSL::SSL"), ("dsl", "connectors", *DAEMON), ("*.cpp",), one_wrapper=True),
    Package("fmt/", ("fmt::fmt",), ("dsl", "connectors", *DAEMON)),
    Package("mimalloc.h", ("mimalloc",), ("daemon",), ("daemon/service/memory.cpp",), by_program=True),
    Package("systemd/", ("PkgConfig::SYSTEMD",), ("daemon",), ("daemon/supervisor/*.cpp",), one_wrapper=True),
    Package("prometheus/", ("PkgConfig::PROMETHEUS",), ("daemon",)),
    Package("spdlog/", ("spdlog::spdlog",), DAEMON),
]
THREADS = Package("", ("Threads::Threads",), ("connectors", *DAEMON))  # its headers are the standard's

# Parts of the standard library that a layer does without, except in these files.
NO_THREADS = {"atomic", "condition_variable", "future", "mutex", "shared_mutex", "stop_token", "thread"}
NO_FILES = {"filesystem", "fstream", "iostream", "syncstream"}
NO_CHANCE = {"ctime", "random"}
DOES_WITHOUT = {
    # Products of different threads share what was said of tests, and count its owners.
    "engine": (NO_THREADS | NO_FILES | NO_CHANCE, ("engine/base/shared.hpp",)),
    "dsl": (NO_THREADS | NO_FILES | NO_CHANCE, ("dsl/text/*.cpp", "dsl/conditions/decision_diagrams.cpp")),
}

# Headers of the system: these folders, and any NAME.h that is no package's. Engine and dsl know none.
SYSTEM_FOLDERS = ("arpa/", "linux/", "net/", "netinet/", "sys/")
SYSTEM_LAYERS = ("connectors", *DAEMON)
SYSTEM_HEADERS = {
    "dirent.h", "errno.h", "fcntl.h", "fnmatch.h", "getopt.h", "glob.h", "grp.h", "iconv.h", "ifaddrs.h", "netdb.h",
    "poll.h", "pthread.h", "pwd.h", "sched.h", "signal.h", "spawn.h", "syslog.h", "sysexits.h", "termios.h",
    "time.h", "unistd.h",
}  # fmt: skip

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]')


def layer_of(path):
    """The layer of a file or folder; None outside of all."""
    parts = path.split("/")
    for length in range(len(parts), 0, -1):
        if (folder := "/".join(parts[:length])) in ARROWS:
            return folder
    return None


def inner_of(path):
    """The folder within the top-level folder; "" for a file that lies in none."""
    parts = path.split("/")
    return parts[1] if len(parts) > 2 else ""


def check_inner(file, name):
    top, folder, other = file.split("/")[0], inner_of(file), inner_of(name)
    if name.split("/")[0] != top or folder == other:
        return None
    allowed = INNER[top].get(folder)
    if allowed is None:
        return f"{top}/{folder} is not in the tables of tests/house/layers.py"
    if other not in allowed:
        inner = ", ".join(sorted(each or f"{top}'s own files" for each in allowed))
        return f"{top}/{folder or '(own files)'} includes {top}/{other}: the arrows allow it {inner or 'nobody'}"
    return None


def library_of(file):
    """The layer; in the daemon, which is several libraries, also the folder."""
    layer = layer_of(file)
    return "/".join(file.split("/")[:-1][:2]) if layer == "daemon" else layer


def package_of_header(name):
    return next((package for package in PACKAGES if name.startswith(package.headers)), None)


def package_of_link(name):
    return next((package for package in (*PACKAGES, THREADS) if name in package.links), None)


def read_includes(top):
    """{file: [(line number, is it ours, name)]} of all sources in the layers."""
    files = {}
    for folder in sorted({layer.split("/")[0] for layer in ARROWS}):
        for path in sorted((top / folder).rglob("*")):
            if path.suffix not in (".cpp", ".hpp"):
                continue
            found = []
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
                if match := INCLUDE.match(line):
                    found.append((number, match[1] == '"', match[2]))
            files[path.relative_to(top).as_posix()] = found
    return files


def outside_packages(file, files, seen=None):
    """The packages whose headers come along with `file`."""
    seen = set() if seen is None else seen
    seen.add(file)
    found = set()
    for _, ours, name in files.get(file, []):
        if ours and name not in seen:
            found |= outside_packages(name, files, seen)
        elif not ours and (package := package_of_header(name)):
            found.add(package.headers)
    return found


def check_ours(file, name, files):
    layer, other = layer_of(file), layer_of(name)
    if name not in files:
        return f'"{name}" is no file of the layers: write paths from the top of the repository'
    if complaint := check_inner(file, name):
        return complaint
    if other == layer:
        return None
    if other not in ARROWS[layer]:
        return f"{layer} includes {other}: the arrows allow it {', '.join(sorted(ARROWS[layer])) or 'nobody'}"
    if name.endswith(".hpp") and (brought := outside_packages(name, files)):
        return f"{name} brings <{', '.join(sorted(brought))}…> across the border of {other}"
    return None


def check_other(file, name):
    layer = layer_of(file)
    if package := package_of_header(name):
        if layer not in package.layers:
            return f"<{name}> belongs to {', '.join(package.layers)}, not to {layer}"
        if not any(fnmatch(file, pattern) for pattern in package.files):
            return f"<{name}> stays in {', '.join(package.files)}"
        return None
    if name.startswith(SYSTEM_FOLDERS) or name in SYSTEM_HEADERS:
        return None if layer in SYSTEM_LAYERS else f"<{name}>: {layer} does not speak to the system"
    if "/" in name or "." in name:
        return f"<{name}> is not in the tables of tests/house/layers.py"
    without, except_in = DOES_WITHOUT.get(layer, (set(), ()))
    if name in without and not any(fnmatch(file, pattern) for pattern in except_in):
        return f"<{name}>: {layer} does without"
    return None


def check_own_header_first(file, includes, files):
    own = file.removesuffix(".cpp") + ".hpp"
    if file.endswith(".cpp") and own in files and (not includes or includes[0][2] != own):
        return f'its own header comes first: #include "{own}"'
    return None


def check_sources(top):
    files = read_includes(top)
    complaints = [] if files else [f"{top}: no sources found"]
    users = {}  # (package, library) → files
    for file, includes in files.items():
        if complaint := check_own_header_first(file, includes, files):
            complaints.append(f"{file}:1: {complaint}")
        for number, ours, name in includes:
            complaint = check_ours(file, name, files) if ours else check_other(file, name)
            if complaint:
                complaints.append(f"{file}:{number}: {complaint}")
            if not ours and (package := package_of_header(name)) and package.one_wrapper:
                users.setdefault((package.headers, library_of(file)), set()).add(file)
    for (headers, library), where in users.items():
        if len(where) > 1:
            complaints.append(
                f"{library}: one file wraps <{headers}…>, not {len(where)}: {', '.join(sorted(where))}"
            )
    return complaints


def check_links(text):
    targets = []  # name, folder, interface, links
    for line in text.splitlines():
        head, interface, links = line.split("|")
        name, folder = head.split()
        # CMake marks links that another folder's file added: "::@(0x…) LINK ::@".
        interface, links = (
            [link for link in side.split() if not link.startswith("::@")] for side in (interface, links)
        )
        targets.append((name, folder, interface, links))
    folder_of = {name: folder for name, folder, _, _ in targets}
    complaints = [] if targets else ["the list of link lines is empty"]
    for name, folder, interface, links in targets:
        layer = layer_of(folder)
        for link in dict.fromkeys(
            links + [link for link in interface if not link.startswith("$<LINK_ONLY:")]
        ):
            if link in ("riskd_options", "riskd_allocator"):
                continue
            if link in folder_of:
                other = layer_of(folder_of[link])
                if other != layer and other not in ARROWS[layer]:
                    complaints.append(
                        f"{folder}/CMakeLists.txt: {name} links {link}: {layer} may not use {other}"
                    )
                continue
            package = package_of_link(link)
            if not package:
                complaints.append(
                    f"{folder}/CMakeLists.txt: {link} is not in the tables of tests/house/layers.py"
                )
            elif layer not in package.layers:
                complaints.append(
                    f"{folder}/CMakeLists.txt: {name} links {link}: it belongs to {', '.join(package.layers)}"
                )
            elif link in interface:
                complaints.append(
                    f"{folder}/CMakeLists.txt: {name} hands {link} to its users: use PRIVATE_LINKS"
                )
    return complaints


def check_linked(top, text):
    """A package whose headers work without its library is a second copy of it then: its own logger, its own registry."""
    linked = {}  # folder → what its targets link
    for line in text.splitlines():
        head, interface, links = line.split("|")
        linked.setdefault(head.split()[1], set()).update(interface.split() + links.split())
    complaints = []
    for file, includes in read_includes(top).items():
        library = library_of(file)
        for number, ours, name in includes:
            package = None if ours else package_of_header(name)
            if package and not package.by_program and library in linked and not linked[library] & set(package.links):
                complaints.append(f"{file}:{number}: <{name}> without a link to {package.links[0]}")
    return complaints


def main(arguments):
    top, links = (Path(argument) for argument in arguments)
    text = links.read_text(encoding="utf-8")
    complaints = check_sources(top) + check_links(text) + check_linked(top, text)
    for complaint in complaints:
        print(complaint)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
