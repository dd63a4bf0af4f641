#include "daemon/wire/json.hpp"
#include "daemon/wire/writer.hpp"

namespace riskd::wire {
namespace {

void write_span(Writer& out, const dsl::Sources& sources, dsl::Span span) {
  const dsl::SourceFile& file = sources[span.file];
  const dsl::LineColumn begin = file.locate(span.begin);
  const dsl::LineColumn end = file.locate(span.end);
  out.key("file").text(file.name()).key("line").count(begin.line).key("column").count(begin.column);
  out.key("end-line").count(end.line).key("end-column").count(end.column);
}

void write_what_if(Writer& out, const engine::WhatIf& other) {
  out.key("would-change").begin_object().key("becomes").text(other.becomes);
  out.key("sets").begin_array();
  for (const auto& set : other.sets) {
    out.begin_array();
    for (const engine::OtherAnswer& answer : set) {
      out.begin_object().key("question").text(answer.question);
      out.key("value").text(answer.value).end_object();
    }
    out.end_array();
  }
  out.end_array().key("more").truth(other.more);
  out.key("exhausted").truth(other.exhausted).end_object();
}

void write_one_reason(Writer& out, const engine::Reason& reason, const engine::WhatIf* other) {
  out.begin_object().key("text").text(reason.text);
  out.some("value", reason.value).some("place", reason.place);
  if (reason.fact) {
    out.key("fact").begin_object();
    write_provenance(out, *reason.fact);
    out.end_object();
  }
  if (!reason.because.empty()) {
    out.key("because").begin_array();
    for (const engine::Reason& each : reason.because) write_one_reason(out, each, nullptr);
    out.end_array();
  }
  if (other != nullptr) write_what_if(out, *other);
  out.end_object();
}

}  // namespace

std::string write_refusal(std::uint64_t seq, const Error& error,
                          const std::vector<engine::FactError>& errors) {
  Writer out;
  out.begin_object().key("seq").count(seq).key("error").begin_object();
  out.key("detail").text(error.message).key("errors").begin_array();
  if (errors.empty()) {
    out.begin_object().key("pointer").text(error.where.starts_with('/') ? error.where : "");
    out.key("code").text(error.code == ErrorCode::too_large ? "too-large" : "invalid");
    const bool placed = !error.where.empty() && !error.where.starts_with('/');
    out.key("message").text(placed ? error.message + " (" + error.where + ")" : error.message);
    out.key("expected").texts({}).end_object();
  }
  for (const engine::FactError& each : errors) {
    out.begin_object().key("pointer").text(each.pointer).key("code").text(each.code);
    out.key("message").text(each.message).key("expected").texts(each.expected).end_object();
  }
  out.end_array().end_object().end_object();
  return out.take();
}

std::string write_diagnostics(const dsl::Compilation& compilation) {
  Writer out;
  out.begin_object().key("diagnostics").begin_array();
  for (const dsl::Diagnostic& each : compilation.diagnostics) {
    const bool warning = dsl::info(each.code).severity == dsl::Severity::warning;
    out.begin_object().key("code").text(dsl::to_string(each.code));
    out.key("severity").text(warning ? "warning" : "error");
    write_span(out, compilation.sources, each.span);
    out.key("message").text(each.message).key("help").text(each.help).key("related").begin_array();
    for (const dsl::Related& related : each.related) {
      out.begin_object();
      write_span(out, compilation.sources, related.span);
      out.key("message").text(related.message).end_object();
    }
    out.end_array().end_object();
  }
  out.end_array().end_object();
  return out.take();
}

std::string write_reason(const engine::Reason& reason, const std::optional<engine::WhatIf>& other) {
  Writer out;
  write_one_reason(out, reason, other ? &*other : nullptr);
  return out.take();
}

}  // namespace riskd::wire
