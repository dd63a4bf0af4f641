"""What the document declares and the test cannot show, with the reason: patterns of names."""

NEVER_SEEN = {
    r"\w+ 408 .*": "takes 60 seconds: tests/daemon/server_hostile_test.cpp",
    r"\w+ 500 .*": "a fault of riskd, or of its store",
    r"\w+ 507 .*": "a full disk of the spool folder: tests/daemon/server_body_test.cpp",
    r"\w+ (413|429) header Policy-Revision|(?!postFacts )\w+ 503 header Policy-Revision": "of what the route refuses; what is too much "
    "is mostly refused before",
    r"(getModel|getWhy|compare) 422 .*": "after an upgrade to a riskd that does not compile an old policy: tests/daemon/service_then_test.cpp",
    r"#/components/schemas/(FactItem|StoredFact)/properties/of": "in stores of earlier versions",
    r"#/components/schemas/(Difference/properties/.+|(Side|Then)/properties/differs/items)": "a riskd that computes otherwise than it recorded: "
    "tests/daemon/api_past_test.cpp",
    r"#/components/schemas/TrackerHealth/properties/state/enum/limited": "a tracker that says when to come again: tests/trackers",
}
