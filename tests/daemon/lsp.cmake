riskd_test(lsp_test SOURCES lsp_test.cpp LINKS riskd_lsp)
