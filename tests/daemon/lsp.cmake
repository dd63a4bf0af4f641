riskd_test(lsp_test SOURCES lsp_test.cpp lsp_features_test.cpp LINKS riskd_lsp Boost::json)
