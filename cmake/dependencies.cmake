# Everything that is not ours, all from Debian 12's own packages.

find_package(pegtl REQUIRED)                                  # tao-pegtl-dev
set(Boost_NO_WARN_NEW_VERSIONS ON)                             # 1.81 is newer than FindBoost of CMake 3.25
find_package(Boost 1.81 EXACT REQUIRED COMPONENTS json)       # libboost1.81-dev, libboost-json1.81-dev
find_package(tomlplusplus REQUIRED)                           # libtomlplusplus-dev
find_package(fmt REQUIRED)                                    # libfmt-dev
find_package(spdlog REQUIRED)                                 # libspdlog-dev
find_package(CLI11 REQUIRED)                                  # libcli11-dev
find_package(EXPAT REQUIRED)                                  # libexpat1-dev
find_package(OpenSSL REQUIRED COMPONENTS Crypto SSL)          # libssl-dev
find_package(CURL REQUIRED)                                   # libcurl4-openssl-dev
find_package(Threads REQUIRED)
# The programs' allocator: a fifth less time for a large policy. Sanitizers have their own.
if(RISKD_SANITIZE)
  add_library(riskd_allocator INTERFACE)
else()
  find_package(mimalloc REQUIRED)                             # libmimalloc-dev
  add_library(riskd_allocator INTERFACE)
  target_link_libraries(riskd_allocator INTERFACE mimalloc)
endif()
find_path(BDD_INCLUDE bdd.h REQUIRED)                         # libbdd-dev has nothing for CMake
find_library(BDD_LIBRARY bdd REQUIRED)
add_library(BuDDy::bdd UNKNOWN IMPORTED)
set_target_properties(BuDDy::bdd PROPERTIES
  IMPORTED_LOCATION "${BDD_LIBRARY}" INTERFACE_INCLUDE_DIRECTORIES "${BDD_INCLUDE}")
find_package(PkgConfig REQUIRED)
pkg_check_modules(LMDB REQUIRED IMPORTED_TARGET lmdb)         # liblmdb-dev
pkg_check_modules(SYSTEMD REQUIRED IMPORTED_TARGET libsystemd)  # libsystemd-dev
pkg_check_modules(PROMETHEUS REQUIRED IMPORTED_TARGET prometheus-cpp-core)  # prometheus-cpp-dev
if(RISKD_TESTS)
  find_package(Catch2 2.13 REQUIRED)                          # catch2
endif()
