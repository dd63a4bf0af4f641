riskd_test(wire_test
  SOURCES wire_test.cpp
  LINKS riskd_wire Boost::json
  LABELS unit)
