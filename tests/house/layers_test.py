#!/usr/bin/env python3
"""Plants violations in small made-up trees: the layering test must find each, and nothing else."""

import tempfile
import unittest
from pathlib import Path

import layers

SOUND = {
    "engine/program/value.hpp": "#include <string>\n",
    "engine/program/value.cpp": '#include "engine/program/value.hpp"\n\n#include <cmath>\n',
    "dsl/text/source.cpp": '#include <fstream>\n\n#include "engine/program/value.hpp"\n',
    "dsl/syntax/lexer.cpp": "#include <tao/pegtl.hpp>\n",
    "connectors/http.cpp": "#include <curl/curl.h>\n#include <unistd.h>\n",
    "daemon/store/store.hpp": '#include "engine/program/value.hpp"\n',
    "daemon/store/environment.cpp": "#include <lmdb.h>\n",
    "daemon/server/core.hpp": "#include <boost/asio/io_context.hpp>\n",
    "daemon/server/server.hpp": "#include <memory>\n",
    "daemon/server/server.cpp": '#include "daemon/server/server.hpp"\n\n#include "daemon/server/core.hpp"\n',
    "daemon/riskd.cpp": '#include <toml++/toml.h>\n\n#include "daemon/server/server.hpp"\n',
    "daemon/service/writer.cpp": '#include "daemon/store/store.hpp"\n',
}


def complaints_about(**planted):
    """What the layering test says of the sound tree with `planted` laid over it."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in {**SOUND, **planted["files"]}.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return layers.check_sources(Path(folder))


class Includes(unittest.TestCase):
    def finds(self, place, words, files):
        complaints = complaints_about(files=files)
        self.assertEqual(len(complaints), 1, complaints)
        self.assertTrue(complaints[0].startswith(place), complaints)
        self.assertIn(words, complaints[0])

    def test_a_sound_tree_is_left_alone(self):
        self.assertEqual(complaints_about(files={}), [])

    def test_a_header_without_its_library(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "daemon/api/log.cpp")
            path.parent.mkdir(parents=True)
            path.write_text("#include <spdlog/spdlog.h>\n", encoding="utf-8")
            self.assertEqual(len(layers.check_linked(Path(folder), "riskd_api daemon/api|riskd_wire|fmt::fmt")), 1)
            self.assertEqual(layers.check_linked(Path(folder), "riskd_api daemon/api||spdlog::spdlog"), [])

    def test_an_empty_tree_is_no_success(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(len(layers.check_sources(Path(folder))), 1)

    def test_engine_includes_nobody(self):
        for other in (
            "dsl/a.hpp",
            "connectors/a.hpp",
            "daemon/store/a.hpp",
            "daemon/server/a.hpp",
            "daemon/a.hpp",
        ):
            with self.subTest(other):
                planted = {"engine/bad.cpp": f'#include "{other}"\n', other: ""}
                self.finds("engine/bad.cpp:1:", "engine includes", planted)

    def test_dsl_and_connectors_never_see_each_other(self):
        self.finds(
            "dsl/bad.cpp:2:",
            "dsl includes connectors",
            {"dsl/bad.cpp": '\n#include "connectors/a.hpp"\n', "connectors/a.hpp": ""},
        )
        self.finds(
            "connectors/bad.cpp:1:",
            "connectors includes dsl",
            {"connectors/bad.cpp": '#include "dsl/a.hpp"\n', "dsl/a.hpp": ""},
        )

    def test_folders_of_a_layer_include_in_their_order(self):
        for file, name in {
            "engine/program/bad.cpp": "engine/evaluate/a.hpp",
            "engine/evaluate/bad.cpp": "engine/update/a.hpp",
            "dsl/syntax/bad.cpp": "dsl/compile/a.hpp",
            "dsl/compile/bad.cpp": "dsl/a.hpp",
            "dsl/format/bad.cpp": "dsl/compile/a.hpp",
            "connectors/reports/bad.cpp": "connectors/http/a.hpp",
            "daemon/wire/bad.cpp": "daemon/service/a.hpp",
            "daemon/service/bad.cpp": "daemon/api/a.hpp",
            "daemon/riskctl/bad.cpp": "daemon/service/a.hpp",
        }.items():
            with self.subTest(file):
                self.finds(f"{file}:1:", "the arrows allow it", {file: f'#include "{name}"\n', name: ""})

    def test_a_new_folder_is_entered_first(self):
        self.finds(
            "engine/more/bad.cpp:1:",
            "not in the tables",
            {"engine/more/bad.cpp": '#include "engine/program/value.hpp"\n'},
        )

    def test_store_and_server_never_see_each_other(self):
        self.finds(
            "daemon/store/bad.cpp:1:",
            "daemon/store includes daemon/server",
            {"daemon/store/bad.cpp": '#include "daemon/server/server.hpp"\n'},
        )
        self.finds(
            "daemon/server/bad.cpp:1:",
            "daemon/server includes daemon/store",
            {"daemon/server/bad.cpp": '#include "daemon/store/store.hpp"\n'},
        )

    def test_store_and_server_know_only_the_engine(self):
        self.finds(
            "daemon/server/bad.cpp:1:",
            "daemon/server includes dsl",
            {"daemon/server/bad.cpp": '#include "dsl/a.hpp"\n', "dsl/a.hpp": ""},
        )

    def test_paths_are_written_from_the_top(self):
        self.finds("engine/bad.cpp:1:", "from the top", {"engine/bad.cpp": '#include "value.hpp"\n'})

    def test_a_package_stays_in_its_layer(self):
        for file, header in {
            "engine/bad.cpp": "fmt/core.h",
            "dsl/bad.cpp": "boost/json.hpp",
            "daemon/store/bad.cpp": "boost/beast/http.hpp",
            "daemon/bad.cpp": "lmdb.h",
            "daemon/server/bad.cpp": "curl/curl.h",
        }.items():
            with self.subTest(file):
                self.finds(f"{file}:1:", "belongs to", {file: f"#include <{header}>\n"})

    def test_a_package_stays_in_its_files(self):
        self.finds("dsl/bad.cpp:1:", "stays in", {"dsl/bad.cpp": "#include <tao/pegtl.hpp>\n"})
        self.finds("connectors/bad.hpp:1:", "stays in", {"connectors/bad.hpp": "#include <openssl/evp.h>\n"})

    def test_one_file_of_a_library_wraps_the_package(self):
        self.finds(
            "connectors: one file", "connectors/bad.cpp", {"connectors/bad.cpp": "#include <curl/multi.h>\n"}
        )

    def test_no_package_crosses_a_border_in_a_header(self):
        self.finds(
            "daemon/bad.cpp:1:",
            "across the border",
            {"daemon/bad.cpp": '#include "daemon/server/core.hpp"\n'},
        )
        self.finds(
            "daemon/bad.cpp:1:",
            "across the border",
            {
                "daemon/bad.cpp": '#include "daemon/server/a.hpp"\n',
                "daemon/server/a.hpp": '#include "daemon/server/core.hpp"\n',
            },
        )

    def test_the_engine_has_no_files_threads_or_system(self):
        for header, words in {
            "fstream": "does without",
            "mutex": "does without",
            "sys/socket.h": "does not speak",
        }.items():
            with self.subTest(header):
                self.finds("engine/bad.cpp:1:", words, {"engine/bad.cpp": f"#include <{header}>\n"})

    def test_the_language_reads_files_in_one_place(self):
        self.finds("dsl/bad.cpp:1:", "does without", {"dsl/bad.cpp": "#include <fstream>\n"})

    def test_an_unknown_package_is_entered_first(self):
        self.finds("daemon/bad.cpp:1:", "not in the tables", {"daemon/bad.cpp": "#include <sqlite3.h>\n"})

    def test_a_source_includes_its_own_header_first(self):
        self.finds(
            "engine/program/value.cpp:1:",
            "comes first",
            {"engine/program/value.cpp": '#include <cmath>\n\n#include "engine/program/value.hpp"\n'},
        )

    def test_spaces_do_not_hide_an_include(self):
        self.finds("engine/bad.cpp:1:", "belongs to", {"engine/bad.cpp": "  #  include <curl/curl.h>\n"})


class Links(unittest.TestCase):
    sound = (
        "riskd_engine engine | riskd_options | riskd_options\n"
        "riskd_dsl dsl | riskd_options riskd_engine $<LINK_ONLY:taocpp::pegtl> | riskd_options riskd_engine taocpp::pegtl\n"
        "riskd_connectors connectors | riskd_engine | riskd_engine\n"
        "riskd_server daemon/server | riskd_engine | riskd_engine\n"
        "riskd daemon |  | riskd_dsl riskd_server riskd_connectors CLI11::CLI11\n"
    )

    def finds(self, words, line):
        complaints = layers.check_links(self.sound + line + "\n")
        self.assertEqual(len(complaints), 1, complaints)
        self.assertIn(words, complaints[0])

    def test_sound_link_lines_are_left_alone(self):
        self.assertEqual(layers.check_links(self.sound), [])

    def test_no_link_lines_is_no_success(self):
        self.assertEqual(len(layers.check_links("")), 1)

    def test_links_follow_the_arrows(self):
        self.finds("engine may not use dsl", "bad engine | | riskd_dsl")
        self.finds("dsl may not use connectors", "bad dsl | | riskd_connectors")
        self.finds("daemon/store may not use daemon/server", "bad daemon/store | | riskd_server")

    def test_a_link_of_a_subfolder_counts_for_its_layer(self):
        self.finds("connectors may not use dsl", "bad connectors/trackers | | riskd_dsl")

    def test_a_package_is_linked_where_it_is_used(self):
        self.finds("belongs to connectors", "bad daemon | | CURL::libcurl")

    def test_a_package_is_not_handed_on(self):
        self.finds("PRIVATE_LINKS", "bad connectors | fmt::fmt | fmt::fmt")

    def test_an_unknown_package_is_entered_first(self):
        self.finds("not in the tables", "bad daemon | | SQLite::SQLite3")


if __name__ == "__main__":
    unittest.main()
