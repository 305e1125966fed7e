#include "validate/examine.h"

#include <algorithm>
#include <array>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/text.h"
#include "validate/expected.h"
#include "validate/queries.h"

namespace drydock::validate {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;

constexpr std::chrono::seconds kFacts{10};
constexpr std::size_t kProbesMost = 100'000;
constexpr std::uint32_t kBoolean = 16;
constexpr std::size_t kLongestText = 300;  // bytes of a value that is shown as evidence

void replace(std::string& text, std::string_view what, std::string_view with) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
        text.replace(at, what.size(), with);
    }
}

std::set<std::string, std::less<>> lines(std::string_view text) {
    std::set<std::string, std::less<>> result;
    for (const auto line : split(text, '\n')) {
        if (!line.empty()) result.emplace(line);
    }
    return result;
}

// Takes a text member out of the row.
std::optional<std::string> take(json::object& row, std::string_view key) {
    const auto* const value = row.if_contains(key);
    if (value == nullptr) return std::nullopt;
    std::optional<std::string> text;
    if (const auto* const string = value->if_string())
        text.emplace(string->data(), string->size());
    else if (!value->is_null())
        text = json::serialize(*value);
    row.erase(key);
    return text;
}

// Evidence is for reading: no NULLs, and of long texts their beginning.
void shorten(json::value& value) {
    if (auto* const text = value.if_string(); text != nullptr && text->size() > kLongestText) {
        auto end = kLongestText;
        while (end > 0 && (static_cast<unsigned char>((*text)[end]) & 0xC0U) == 0x80U) --end;
        text->erase(end);
        text->append("…");
    }
    if (auto* const list = value.if_array()) {
        for (auto& item : *list) shorten(item);
    }
    if (auto* const object = value.if_object()) {
        for (auto& member : *object) shorten(member.value());
    }
}

json::object object_of(std::string_view text) {
    json::error_code error;
    auto value = json::parse(json::string_view{text.data(), text.size()}, error);
    if (error || !value.is_object()) return {};
    return std::move(value.get_object());
}

std::string evidence_of(json::object row) {
    json::object kept;
    for (auto& member : row) {
        if (!member.value().is_null()) kept[member.key()] = std::move(member.value());
    }
    json::value value(std::move(kept));  // braces would make a list of it
    shorten(value);
    return json::serialize(value);
}

// A row of a check's query without what the probe has to give.
Finding finding_of(json::object& row, const Check& check) {
    Finding finding{.object = take(row, "object").value_or(""), .severity = check.severity};
    finding.message = take(row, "message").value_or("");
    finding.fix = take(row, "fix").value_or("");
    if (const auto said = take(row, "severity")) finding.severity = severity_named(*said).value_or(check.severity);
    return finding;
}

// The pages of a table or an index don't hold what they should.
bool is_damage(const Error& error) {
    return error.sqlstate == "XX001" || error.sqlstate == "XX002";
}

Reason reason_of(const Error& error, const Limits& limits) {
    if (limits.stop.stop_requested() || error.code == ErrorCode::cancelled) return Reason::stopped;
    if (out_of_time(error)) return Reason::budget;
    if (error.code == ErrorCode::locked) return Reason::locked;
    if (error.code == ErrorCode::permission_denied) return Reason::permission;
    return Reason::error;
}

std::string detail_of(const Error& error, Reason reason) {
    switch (reason) {
        case Reason::budget:
            return "it took longer than it may";
        case Reason::locked:
            return "somebody holds a lock that it had to wait for";
        case Reason::stopped:
            return "stopped on request";
        default:
            return error.message;
    }
}

void not_checked(CheckResult& result, NotChecked what, std::size_t keep) {
    ++result.total_not_checked;
    if (result.not_checked.size() < keep) result.not_checked.push_back(std::move(what));
}

void found(CheckResult& result, Finding finding, std::size_t keep) {
    ++result.total;
    if (result.findings.size() < keep) result.findings.push_back(std::move(finding));
}

std::string array_text(const pg::Rows& rows) {
    std::string text{"{"};
    for (int row = 0; row < rows.size(); ++row) text += fmt::format("{}{}", row > 0 ? "," : "", rows.text(row, 0));
    return text + "}";
}

json::array rows_of(const pg::Rows& rows) {
    json::array result;
    for (int row = 0; row < rows.size(); ++row) {
        json::object object;
        for (int column = 0; column < rows.columns(); ++column) {
            if (!rows.is_null(row, column)) object[rows.column_name(column)] = json::string{rows.text(row, column)};
        }
        result.emplace_back(std::move(object));
    }
    return result;
}

std::string probe_text(std::string_view probe, std::size_t examples) {
    // One pass, without LIMIT: with one, the planner takes the first rows to be near and loops.
    return fmt::format(
        "SELECT count(*), coalesce(jsonb_agg(to_jsonb(v) - 'drydock_n') FILTER (WHERE v.drydock_n <= {}), '[]')\n"
        "  FROM (SELECT p.*, row_number() OVER () AS drydock_n FROM (\n{}\n) p) v",
        examples,
        probe
    );
}

}  // namespace

Result<Target> read_target(Reader& reader, const Limits& limits) {
    const auto& query = queries::facts;
    DRYDOCK_TRY(const auto rows, reader.read(query.name, query.text, {}, {.timeout = kFacts}, limits));
    return Target{
        .database = std::string{rows.text(0, 0)},
        .role = std::string{rows.text(0, 1)},
        .server_version = static_cast<int>(rows.integer(0, 2)),
        .superuser = rows.boolean(0, 3),
        .extensions = lines(rows.text(0, 4)),
        .roles = lines(rows.text(0, 5))
    };
}

std::optional<NotChecked> missing(const Check& check, const Target& target) {
    const int major = target.server_version / 10000;
    if (major < check.first_version || major > check.last_version) {
        return NotChecked{.reason = Reason::version, .detail = fmt::format("for PostgreSQL {}", check.versions())};
    }
    for (const auto& extension : check.extensions) {
        if (target.extensions.contains(extension)) continue;
        return NotChecked{.reason = Reason::extension, .detail = fmt::format("needs the extension {}", extension)};
    }
    if (target.superuser) return std::nullopt;
    if (check.superuser) return NotChecked{.reason = Reason::permission, .detail = "needs a superuser"};
    for (const auto& role : check.roles) {
        if (target.roles.contains(role)) continue;
        return NotChecked{.reason = Reason::permission, .detail = fmt::format("needs the rights of {}", role)};
    }
    return std::nullopt;
}

std::string query_text(const Check& check, const Options& options) {
    auto sql = check.sql;
    for (const auto& parameter : check.parameters) {
        const auto given = options.parameters.find(fmt::format("{}.{}", check.id, parameter.name));
        const auto& value = given == options.parameters.end() ? parameter.value : given->second;
        replace(sql, "{" + parameter.name + "}", value);
    }
    return fmt::format("{},\nfound AS MATERIALIZED (\n{}\n)\n", queries::prelude.text, sql);
}

Examiner::Examiner(const pg::Conninfo& where, const Options& options, Limits::Clock::time_point end)
    : where_(where), options_(options), end_(end), check_end_(end) {}

Result<> Examiner::connect(const Limits& limits) {
    if (reader_ && reader_->usable()) return {};
    DRYDOCK_TRY(reader_, Reader::open(where_, options_.lock_timeout, limits.at_most(options_.connect_timeout)));
    return {};
}

std::optional<milliseconds> Examiner::left() const {
    const auto end = std::min(end_, check_end_);
    if (end == Limits::Clock::time_point::max()) return milliseconds{0};
    const auto time = std::chrono::ceil<milliseconds>(end - Limits::Clock::now());
    if (time.count() <= 0) return std::nullopt;
    return time;
}

void Examiner::give_up(const Error& error, std::string_view object, CheckResult& result, const Limits& limits) const {
    const auto reason = reason_of(error, limits);
    not_checked(
        result,
        {.object = std::string{object}, .reason = reason, .detail = detail_of(error, reason)},
        options_.findings_kept
    );
}

// The check's rows as JSON, and how many there are. A table that is locked is left out, and said to be.
std::optional<pg::Rows> Examiner::ask(const Check& check, std::size_t keep, CheckResult& result, const Limits& limits) {
    const auto text = fmt::format(
        "{}SELECT (SELECT count(*) FROM found), to_jsonb(f) FROM found f LIMIT {}", query_text(check, options_), keep
    );
    std::string without = "{}";
    for (int tried = 0;; ++tried) {
        const auto time = left();
        if (!time) {
            give_up(Error{.code = ErrorCode::deadline_exceeded}, "", result, limits);
            return std::nullopt;
        }
        const std::array<pg::Param, 1> params{without};
        auto rows = reader_->read(check.id, text, params, {.timeout = *time}, limits);
        if (rows) return *std::move(rows);
        const auto& query = queries::locked;
        auto locked = rows.error().code == ErrorCode::locked && tried == 0
                          ? reader_->read(query.name, query.text, {}, {.timeout = kFacts}, limits)
                          : Result<pg::Rows>{rows.error()};
        if (!locked || locked->size() == 0) {
            give_up(rows.error(), "", result, limits);
            return std::nullopt;
        }
        without = array_text(*locked);
        for (int row = 0; row < locked->size(); ++row) {
            give_up(rows.error(), locked->text(row, 1), result, limits);
        }
    }
}

void Examiner::examine(const Check& check, CheckResult& result, const Limits& limits) {
    const auto start = Limits::Clock::now();
    check_end_ = options_.check_limit.count() > 0 ? start + options_.check_limit : Limits::Clock::time_point::max();
    const bool probes = check.mode == Mode::probes;
    const auto rows = ask(check, probes ? kProbesMost : options_.findings_kept, result, limits);
    for (int row = 0; rows && row < rows->size(); ++row) {
        if (probes) {
            probe(check, rows->text(row, 1), rows->size() - row, result, limits);
            continue;
        }
        auto object = object_of(rows->text(row, 1));
        auto finding = finding_of(object, check);
        finding.evidence = evidence_of(std::move(object));
        result.findings.push_back(std::move(finding));
    }
    if (rows && !probes) result.total = rows->size() > 0 ? static_cast<std::size_t>(rows->integer(0, 0)) : 0;
    result.elapsed = Limits::Clock::now() - start;
}

void Examiner::probe(
    const Check& check, std::string_view row, int probes_left, CheckResult& result, const Limits& limits
) {
    auto object = object_of(row);
    auto finding = finding_of(object, check);
    auto text = take(object, "probe").value_or("");
    const auto* const size = object.if_contains("bytes");
    const auto bytes = size != nullptr && size->is_int64() ? size->get_int64() : 0;
    if (bytes == 0) object.erase("bytes");
    ++result.objects;
    auto time = left();
    // One that takes long leaves half of the time to those after it.
    if (time && time->count() > 1 && probes_left > 1) *time /= 2;
    auto connected = limits.stop.stop_requested() ? Result<>{Error{.code = ErrorCode::cancelled}} : connect(limits);
    if (!time) connected = Error{.code = ErrorCode::deadline_exceeded};
    if (!connected) return give_up(connected.error(), finding.object, result, limits);

    std::string sample;
    const bool sampled = !options_.full && bytes > options_.sample_from && text.find("{sample}") != std::string::npos;
    const auto share =
        100.0 * static_cast<double>(options_.sample_size) / static_cast<double>(std::max(bytes, std::int64_t{1}));
    const auto percent = std::min(share, 100.0);
    if (sampled) sample = fmt::format(" TABLESAMPLE SYSTEM ({:.4f})", percent);
    replace(text, "{sample}", sample);

    const auto rows = reader_->read(check.id, probe_text(text, options_.examples), {}, {.timeout = *time}, limits);
    if (!rows && is_damage(rows.error())) {
        finding.severity = Severity::critical;
        finding.message = fmt::format("{} is damaged: {}", finding.object, rows.error().message);
        finding.evidence = evidence_of(std::move(object));
        return found(result, std::move(finding), options_.findings_kept);
    }
    if (!rows) return give_up(rows.error(), finding.object, result, limits);
    if (sampled) ++result.sampled;
    const auto violations = rows->integer(0, 0);
    if (violations == 0) return;
    replace(finding.message, "{rows}", fmt::format("{} {}", human_count(violations), violations == 1 ? "row" : "rows"));
    if (sampled) {
        finding.message +=
            fmt::format(" (in a sample of {:.3g} % of {})", percent, human_bytes(static_cast<std::uint64_t>(bytes)));
        object["sampled_percent"] = percent;
    }
    object["rows"] = violations;
    json::error_code error;
    object["examples"] = json::parse(json::string_view{rows->text(0, 1).data(), rows->text(0, 1).size()}, error);
    finding.evidence = evidence_of(std::move(object));
    found(result, std::move(finding), options_.findings_kept);
}

void Examiner::examine(const Assertion& assertion, CheckResult& result, const Limits& limits) {
    const auto start = Limits::Clock::now();
    const auto limit = assertion.budget.value_or(options_.check_limit);
    check_end_ = limit.count() > 0 ? start + limit : Limits::Clock::time_point::max();
    const auto time = left();
    if (!time) return give_up(Error{.code = ErrorCode::deadline_exceeded}, "", result, limits);
    const Reader::Settings settings{.timeout = *time, .search_path = ""};
    const auto fetched = reader_->fetch(assertion.id, assertion.sql, options_.examples, settings, limits);
    result.elapsed = Limits::Clock::now() - start;
    if (!fetched) return give_up(fetched.error(), "", result, limits);
    const auto& rows = fetched->rows;
    const bool truth = rows.columns() == 1 && rows.column_type(0) == kBoolean;
    if (truth && fetched->total > 1) {
        auto error = Error{.message = "an assertion of one boolean column gives one row, or has WHERE NOT"};
        return give_up(error, "", result, limits);
    }
    if (fetched->total == 0 || (truth && rows.boolean(0, 0))) return;
    const auto count = human_count(static_cast<std::int64_t>(fetched->total));
    Finding finding{.object = assertion.id, .severity = assertion.severity};
    finding.message = truth                 ? fmt::format("not so: {}", assertion.text)
                      : fetched->total == 1 ? fmt::format("not so: {} (1 row)", assertion.text)
                                            : fmt::format("not so: {} ({} rows)", assertion.text, count);
    if (!truth) finding.evidence = evidence_of({{"rows", fetched->total}, {"examples", rows_of(rows)}});
    found(result, std::move(finding), options_.findings_kept);
}

void Examiner::examine(const catalog::Snapshot& expected, CheckResult& result, const Limits& limits) {
    const auto start = Limits::Clock::now();
    check_end_ = options_.check_limit.count() > 0 ? start + options_.check_limit : Limits::Clock::time_point::max();
    const auto time = left();
    if (!time) return give_up(Error{.code = ErrorCode::deadline_exceeded}, "", result, limits);
    const auto within = time->count() > 0 ? limits.at_most(*time) : limits;
    const auto actual = catalog::read_snapshot(reader_->connection(), {}, within);
    if (!actual) return give_up(actual.error(), "", result, limits);
    compare_with(expected, *actual, options_.findings_kept, result);
    result.elapsed = Limits::Clock::now() - start;
}

}  // namespace drydock::validate
