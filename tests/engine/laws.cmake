# The engine against the reference evaluator, and its laws on random facts (librapidcheck-dev).
find_package(rapidcheck REQUIRED)

add_library(engine_oracle STATIC ../oracle/oracle.cpp ../oracle/evidence.cpp ../oracle/expression.cpp
  ../oracle/builtin.cpp)
target_link_libraries(engine_oracle PUBLIC riskd_engine)

riskd_test(engine_laws_test
  SOURCES laws_test.cpp arrival_test.cpp closed_runs_test.cpp reload_test.cpp what_if_test.cpp generator.cpp variants.cpp
  LINKS engine_oracle riskd_dsl riskd_engine rapidcheck
  LABELS engine laws)
riskd_test(engine_semantics_test
  SOURCES semantics_test.cpp answers_test.cpp texts_test.cpp ratings_test.cpp evidence_test.cpp
    evidence_words_test.cpp
    tickets_test.cpp model_test.cpp changes_test.cpp explain_test.cpp what_if_kinds_test.cpp
    history_test.cpp kept_tests_test.cpp own_status_test.cpp earlier_names_test.cpp open_values_test.cpp review_test.cpp
  LINKS riskd_dsl riskd_engine
  LABELS engine)
# RISKD_LONG=1 runs for about a quarter of an hour.
set_tests_properties(engine_laws_test PROPERTIES TIMEOUT 1800)
# The first law over a million facts and random policies, to be asked for: ./dev test -L long.
add_test(NAME engine_million_events
  COMMAND engine_laws_test "the engine says*" --warn NoTests)
set_tests_properties(engine_million_events PROPERTIES TIMEOUT 3600 LABELS "engine;laws;long"
  ENVIRONMENT "RISKD_EVENTS=1000000")
