// Who may reach riskd, and what they may do: [socket], [[listen]] and [[peer]].
#pragma once

#include "daemon/service/config.hpp"
#include "daemon/service/toml_reader.hpp"

namespace riskd::service {

// Each throws a Mistake where the file is wrong, as TomlReader does.
void read_main_socket(const TomlReader& reader, const toml::table& table, Config& config);
void read_listener(const TomlReader& reader, const toml::table& table, Config& config);
void read_peer(const TomlReader& reader, const toml::table& table, Config& config);
// What is wrong between them: two listeners at one place, persons without a proxy.
void check_access(const TomlReader& reader, const toml::table& root, const Config& config);

}  // namespace riskd::service
