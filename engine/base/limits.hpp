// Every bound of riskd, with its unit. Whatever passes one is refused with a message that names it.
#pragma once

#include <cstddef>

namespace riskd::limits {

// Rule files
inline constexpr std::size_t source_file_bytes = 64u << 20;  // of one .risk file
inline constexpr std::size_t source_files = 10'000;          // in one policy
inline constexpr std::size_t name_bytes = 128;               // of one identifier
inline constexpr std::size_t string_bytes = 64u << 10;       // of one string literal
inline constexpr std::size_t expression_depth = 200;         // nested expressions or bodies
inline constexpr std::size_t expression_terms = 1'000;       // joined by + - or by * / in one row
inline constexpr std::size_t diagnostics = 200;              // printed in one run
inline constexpr std::size_t choices = 64;                   // of one question or type

// The analysis of conditions; one that passes a limit is used as it is, and nothing is claimed of it
inline constexpr std::size_t diagram_nodes = 1u << 16;  // of the decision diagrams of a condition
inline constexpr std::size_t diagram_variables = 1u << 13;  // of one condition
inline constexpr std::size_t value_cases = 256;             // that a value is told apart into
inline constexpr std::size_t value_pairs = 4'096;           // that one operation joins
inline constexpr std::size_t analysis_depth = 1'000;  // nested expressions, derived values included
inline constexpr std::size_t large_conditions = 20;   // in one policy; then no more are looked at

// Facts
inline constexpr std::size_t json_bytes = 8u << 20;   // one JSON body, one line of facts
inline constexpr std::size_t json_depth = 32;         // nesting of JSON that clients send
inline constexpr std::size_t id_bytes = 256;          // product, component, element, suite
inline constexpr std::size_t text_bytes = 16u << 10;  // one text value, reason or title
inline constexpr std::size_t components = 10'000;     // of one product

// Reports
inline constexpr std::size_t report_bytes = 512u << 20;   // one uploaded report
inline constexpr std::size_t report_results = 1'000'000;  // results in one report
inline constexpr std::size_t report_depth = 64;           // nesting of elements or values
inline constexpr std::size_t report_field_bytes = 64u
                                                  << 10;    // longest text that is kept of a field
inline constexpr std::size_t test_listings = 32;            // that are kept of one test of a suite
inline constexpr std::size_t test_absences = 4;             // among those: that it had no result
inline constexpr std::size_t suite_uploads = 2'000;         // of one suite: kept, or closed
inline constexpr std::size_t suite_recent_uploads = 32;     // kept whatever came after them
inline constexpr std::size_t ticket_observations = 64;      // that are kept of one ticket
inline constexpr std::size_t report_locations = 100;        // locations kept of one result
inline constexpr std::size_t kept_locations = 20;           // of these, with the facts
inline constexpr std::size_t report_message_bytes = 1'000;  // of why a result failed
inline constexpr std::size_t archive_files = 100'000;       // in an archive that holds a report

// Evaluation
inline constexpr std::size_t condition_steps = 256;  // a longer condition is left as it is written
inline constexpr std::size_t condition_nodes = 4'096;  // that are looked at to find them

// Tickets and effects
inline constexpr std::size_t outside_text_bytes = 500;  // one outside value in a ticket
inline constexpr std::size_t told_failures = 20;  // failing tests that one text of a ticket lists
inline constexpr std::size_t told_locations = 5;  // of each of them
inline constexpr std::size_t ticket_file_bytes = 1u << 20;   // one ticket of a directory tracker
inline constexpr std::size_t http_answer_bytes = 32u << 20;  // of a tracker's answer
inline constexpr std::size_t secret_bytes = 4'096;           // of a tracker's token
inline constexpr std::size_t listing_pages = 1'000;          // of one listing of a tracker
inline constexpr std::size_t breaker_failures = 5;  // in succession: then a tracker is left alone
inline constexpr std::size_t effects_per_change = 200;   // more are held until released
inline constexpr std::size_t warm_products = 1'000;      // are kept evaluated, the last used ones
inline constexpr std::size_t what_if_tries = 20'000;     // sets of answers that are tried
inline constexpr std::size_t what_if_answers = 3;        // in one of them
inline constexpr std::size_t what_if_shown = 12;         // of those that do it
inline constexpr std::size_t pending_effects = 100'000;  // in the outbox, over all trackers
inline constexpr int effect_attempts = 10;               // before an effect is given up, visibly

// Daemon
inline constexpr std::size_t connections = 1'024;      // open at once
inline constexpr std::size_t peer_connections = 256;   // of these, of one user
inline constexpr std::size_t peer_requests = 128;      // of one user, under way
inline constexpr std::size_t peer_bytes = 64u << 20;   // of its requests and answers, in memory
inline constexpr std::size_t body_bytes = 256u << 20;  // of all requests, in memory
inline constexpr std::size_t memory_body_bytes =
    1u << 20;  // of one request; a larger one is in a file
inline constexpr std::size_t peer_facts_per_second = 50'000;  // of one user, in the long run
inline constexpr std::size_t log_waiting_bytes = 256u << 10;  // of the log, where nobody reads it
inline constexpr std::size_t writer_queue = 4'096;            // postings waiting for the writer
inline constexpr std::size_t peer_postings = 1'024;  // of one user, waiting for the writer;
inline constexpr std::size_t few_postings = 16;      // after that, of each of its posts
inline constexpr std::size_t writer_batch = 256;     // postings in one commit
inline constexpr int paced_batch_ms = 30;  // at least, from one to the next while a reload follows
inline constexpr std::size_t facts_per_change = 10'000;  // lines of a post that are one change
inline constexpr std::size_t facts_in_turn =
    100;  // in one change; more are evaluated beside the writer
inline constexpr std::size_t components_in_turn =
    300;  // as many has a product that the writer evaluates
inline constexpr std::size_t many_results =
    10'000;  // in one report: then it is evaluated beside the writer, and free memory is given back
inline constexpr std::size_t preparer_queue = 256;    // postings that wait for large ones
inline constexpr std::size_t facts_told_again = 100;  // in one change, to a spare view
inline constexpr std::size_t spare_views = 128;      // of products, to be changed instead of a copy
inline constexpr int request_seconds = 60;           // to receive one whole request
inline constexpr std::size_t list_items = 1'000;     // in one page of a listing
inline constexpr std::size_t answer_examples = 20;   // results that the answer to an upload names
inline constexpr std::size_t tokens = 1'000;         // that are not revoked
inline constexpr std::size_t token_name_bytes = 64;  // of each
inline constexpr int idempotency_hours = 24;         // an Idempotency-Key is remembered
inline constexpr int write_proof_seconds = 10;  // a commit proves that the store takes something
inline constexpr int write_proof_patience_ms = 2'000;  // an answer waits so long for that
inline constexpr std::size_t tail_bytes =
    64u << 10;  // of facts, before a product gets a snapshot; more where that is larger
inline constexpr std::size_t tails_bytes = 64u << 20;  // of all products: what a start reads beside
inline constexpr std::size_t snapshot_batch_bytes = 8u << 20;  // of snapshots, in one commit
inline constexpr int days_back = 400;             // that riskd has missed, and evaluates afterwards
inline constexpr std::size_t days_batch = 1'000;  // ends of days in one commit, about

// Editors
inline constexpr std::size_t lsp_header_bytes = 4u << 10;  // of one message of the language server
inline constexpr std::size_t lsp_message_bytes = 16u << 20;  // its body
inline constexpr std::size_t lsp_json_depth = 64;            // nesting of its JSON
inline constexpr std::size_t lsp_queue = 1'024;  // messages read ahead, to see cancellations

}  // namespace riskd::limits
