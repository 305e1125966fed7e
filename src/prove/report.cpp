#include "prove/report.h"

#include <algorithm>
#include <array>

#include <boost/json.hpp>

#include "base/text.h"

namespace drydock::prove {
namespace {

constexpr std::array<std::string_view, 6> kNames{
    "proven", "proven, generated", "not reversible", "failed", "not provable", "not run"
};

// Servers and files may hold anything; JSON may not.
std::string clean(std::string_view text) {
    std::string result{text};
    for (auto bad = first_invalid_utf8(result); bad; bad = first_invalid_utf8(result)) {
        result.replace(*bad, 1, "\xEF\xBF\xBD");
    }
    return result;
}

double milliseconds(std::chrono::nanoseconds time) {
    return static_cast<double>(std::chrono::duration_cast<std::chrono::microseconds>(time).count()) / 1000;
}

void add(boost::json::object& object, std::string_view key, std::string_view text) {
    if (!text.empty()) object[key] = clean(text);
}

void add(boost::json::object& object, std::string_view key, const std::vector<std::string>& texts) {
    if (texts.empty()) return;
    boost::json::array array;
    for (const auto& text : texts) array.emplace_back(clean(text));
    object[key] = std::move(array);
}

void add(boost::json::object& object, std::string_view key, const std::optional<Error>& error) {
    if (!error) return;
    boost::json::object said{{"code", traits(error->code).name}, {"message", clean(error->message)}};
    add(said, "hint", error->hint);
    add(said, "sqlstate", error->sqlstate);
    add(said, "file", error->place.file);
    if (error->place.line > 0) said["line"] = error->place.line;
    if (error->place.column > 0) said["column"] = error->place.column;
    object[key] = std::move(said);
}

std::string text_at(const boost::json::object& object, std::string_view key) {
    const auto* const value = object.if_contains(key);
    return value && value->is_string() ? std::string{value->get_string()} : std::string{};
}

std::vector<std::string> texts_at(const boost::json::object& object, std::string_view key) {
    std::vector<std::string> result;
    const auto* const value = object.if_contains(key);
    if (!value || !value->is_array()) return result;
    for (const auto& item : value->get_array()) {
        if (item.is_string()) result.emplace_back(item.get_string());
    }
    return result;
}

std::size_t count_at(const boost::json::object& object, std::string_view key) {
    const auto* const value = object.if_contains(key);
    return value && value->is_int64() ? static_cast<std::size_t>(value->get_int64()) : 0;
}

std::optional<Error> error_at(const boost::json::object& object) {
    const auto* const value = object.if_contains("error");
    if (!value || !value->is_object()) return std::nullopt;
    const auto& said = value->get_object();
    Error error{
        .code = ErrorCode::failed,
        .message = text_at(said, "message"),
        .hint = text_at(said, "hint"),
        .sqlstate = text_at(said, "sqlstate"),
    };
    error.place = {.file = text_at(said, "file"), .line = count_at(said, "line"), .column = count_at(said, "column")};
    return error;
}

boost::json::object to_json(const WholeProof& whole) {
    boost::json::object object{{"migrations", whole.count}, {"result", whole.failed() ? "failed" : "proven"}};
    add(object, "from", whole.from);
    add(object, "stopped_by", whole.stopped_by);
    if (whole.proven_before > 0) object["proven_before"] = whole.proven_before;
    object["known"] = whole.known;
    add(object, "error", whole.error);
    add(object, "differences", whole.differences);
    object["total_ms"] = milliseconds(whole.total);
    return object;
}

boost::json::object to_json(const SchemaProof& schema) {
    boost::json::object object{{"file", clean(schema.file)}, {"result", schema.failed() ? "failed" : "proven"}};
    object["known"] = schema.known;
    add(object, "error", schema.error);
    add(object, "differences", schema.differences);
    return object;
}

}  // namespace

std::string_view name(Verdict verdict) {
    return kNames[static_cast<std::size_t>(verdict)];
}

std::size_t TestReport::count(Verdict verdict) const {
    const auto found =
        std::count_if(proofs.begin(), proofs.end(), [&](const Proof& p) { return p.verdict == verdict; });
    return static_cast<std::size_t>(found);
}

bool TestReport::failed() const {
    return count(Verdict::failed) > 0 || (whole && whole->failed()) || (schema && schema->failed());
}

boost::json::object to_json(const Proof& proof) {
    boost::json::object object{{"migration", clean(proof.id)}, {"verdict", name(proof.verdict)}};
    add(object, "file", proof.file);
    add(object, "grade", proof.grade);
    add(object, "reason", proof.reason);
    add(object, "error", proof.error);
    add(object, "differences", proof.differences);
    add(object, "notes", proof.notes);
    add(object, "rollback_sql", proof.rollback_sql);
    add(object, "left", proof.left);
    object["known"] = proof.known;
    object["apply_ms"] = milliseconds(proof.apply);
    object["rollback_ms"] = milliseconds(proof.roll_back);
    object["total_ms"] = milliseconds(proof.total);
    return object;
}

boost::json::object to_json(const TestReport& report) {
    boost::json::array proofs;
    for (const auto& proof : report.proofs) proofs.push_back(to_json(proof));
    boost::json::object object{
        {"result", report.failed() ? "failed" : "proven"},
        {"server_version", report.server_version},
        {"migrations", std::move(proofs)},
        {"replayed", report.replayed},
        {"from_cache", report.from_cache},
    };
    if (report.whole) object["whole"] = to_json(*report.whole);
    if (report.schema) object["schema"] = to_json(*report.schema);
    add(object, "notes", report.notes);
    object["total_ms"] = milliseconds(report.total);
    return object;
}

std::string to_text(const Proof& proof) {
    return boost::json::serialize(to_json(proof));
}

std::optional<Proof> proof_from(std::string_view text) {
    boost::system::error_code error;
    const auto value = boost::json::parse(text, error);
    if (error || !value.is_object()) return std::nullopt;
    const auto& object = value.get_object();
    const auto verdict = std::find(kNames.begin(), kNames.end(), text_at(object, "verdict"));
    if (verdict == kNames.end() || text_at(object, "migration").empty()) return std::nullopt;
    return Proof{
        .id = text_at(object, "migration"),
        .file = text_at(object, "file"),
        .verdict = static_cast<Verdict>(verdict - kNames.begin()),
        .grade = text_at(object, "grade"),
        .reason = text_at(object, "reason"),
        .error = error_at(object),
        .differences = texts_at(object, "differences"),
        .notes = texts_at(object, "notes"),
        .rollback_sql = text_at(object, "rollback_sql"),
        .left = texts_at(object, "left"),
        .known = true,
    };
}

}  // namespace drydock::prove
