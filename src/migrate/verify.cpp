#include "migrate/verify.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "migrate/listener.h"
#include "migrate/prepare.h"
#include "migrate/promises.h"
#include "migrate/queries.h"
#include "sql/search_path.h"

namespace drydock::migrate {
namespace {

constexpr std::chrono::milliseconds kLockWait{1'000};
constexpr std::chrono::seconds kCatalogTime{60};
constexpr std::chrono::seconds kSettling{5};

class Verifier {
public:
    Verifier(
        const Context& context,
        const VerifyOptions& options,
        Target& target,
        const History& history,
        const Limits& limits
    )
        : context_(context), options_(options), target_(target), history_(history), limits_(limits) {}

    Result<VerifyReport> run() {
        DRYDOCK_TRY_VOID(choose());
        report_.facts = target_.facts();
        DRYDOCK_TRY_VOID(read_texts());
        DRYDOCK_TRY_VOID(look_for_objects());
        for (auto& verified : report_.migrations) DRYDOCK_TRY_VOID(run_file(verified));
        return std::move(report_);
    }

private:
    Result<> choose() {
        std::set<std::string, std::less<>> wanted;
        for (const auto& text : options_.only) {
            const auto index = context_.project.find(text);
            // What history alone knows has no file any more, but its objects may be looked for.
            const auto id = index ? context_.project.at(*index).id : text;
            const auto* const row = history_.find(id);
            if (row == nullptr && !index) return std::move(index).error();
            if (row == nullptr || row->status != Status::applied) {
                return Error{
                    .code = ErrorCode::conflict,
                    .message = fmt::format("{} is not applied, so there is nothing to verify", id),
                    .hint = "drydock migrate status tells how each one stands"
                };
            }
            wanted.insert(id);
        }
        for (const auto& row : history_.rows) {
            if (row.status != Status::applied) continue;
            applied_.push_back(&row);
            if (!wanted.empty() && !wanted.contains(row.id)) continue;
            place_of_[row.id] = report_.migrations.size();
            report_.migrations.push_back({.id = row.id});
        }
        return {};
    }

    void add(Verified& verified, Promise promise) {
        verified.truth = std::max(verified.truth, promise.truth);
        verified.promises.push_back(std::move(promise));
    }

    Verified* asked_for(std::string_view id) {
        const auto found = place_of_.find(id);
        return found == place_of_.end() ? nullptr : &report_.migrations[found->second];
    }

    // What ran, as history keeps it; else the file of today.
    Result<Source> text_of(const Row& row) {
        const auto index = context_.project.find_id(row.id);
        const auto placeholders =
            index ? context_.project.at(*index).header.placeholders : std::vector<layouts::HeaderValue>{};
        const auto& values = context_.options.placeholders;
        DRYDOCK_TRY(auto stored, read_stored_sql(target_, context_.options.project, row.id, limits_));
        if (stored.sql) return Source::stored(*std::move(stored.sql), row.id, placeholders, values);
        if (index) return Source::read(context_.project.at(*index).path, placeholders, values);
        return Error{.code = ErrorCode::not_found, .message = "history kept no SQL of it, and its file is gone"};
    }

    Result<> read_texts() {
        for (const auto* const row : applied_) {
            const auto source = text_of(*row);
            if (source) {
                ledger_.add(row->id, *source);
                if (asked_for(row->id) != nullptr) remember_path(row->id, source->script());
                continue;
            }
            if (!target_.connection().usable()) return source.error();
            if (auto* const verified = asked_for(row->id)) {
                add(*verified, {.what = "its objects", .truth = Truth::unknown, .why = source.error().message});
            }
        }
        return {};
    }

    // A verify file runs behind its migration and finds names as that does.
    void remember_path(const std::string& id, const sql::Script& script) {
        for (const auto& statement : script.statements()) {
            if (statement.shape != sql::Shape::session) continue;
            const auto text = script.text_of(statement);
            if (sql::search_path_of(text)) paths_[id] += fmt::format("; {}", text);
        }
    }

    static std::string kind_text(sql::ObjectKind kind) { return std::string{sql::name(kind)}; }

    Result<> look_for_objects() {
        std::vector<const MadeObject*> looked_for;
        boost::json::array list;
        for (const auto& object : ledger_.objects()) {
            auto* const verified = asked_for(object.migration);
            if (verified == nullptr) continue;
            ++verified->objects;
            looked_for.push_back(&object);
            list.push_back(boost::json::object{
                {"kind", kind_text(object.kind)},
                {"schema", object.schema},
                {"path_schema", object.path_schema},
                {"table", object.table},
                {"name", object.name}
            });
        }
        if (list.empty()) return {};
        const auto text = boost::json::serialize(list);
        const std::array<pg::Param, 1> params{text};
        auto& connection = target_.connection();
        DRYDOCK_TRY_VOID(connection.run_message(begin(kCatalogTime), limits_));
        const auto rows = connection.query(queries::made_objects, params, limits_.at_most(kCatalogTime));
        if (connection.usable()) DRYDOCK_TRY_VOID(connection.run_message("ROLLBACK", limits_));
        if (!rows) return rows.error();
        for (int i = 0; i < rows->size(); ++i) {
            const auto& object = *looked_for[static_cast<std::size_t>(rows->integer(i, 0))];
            judge(object, rows->boolean(i, 1), rows->text(i, 2), rows->text(i, 3));
        }
        return {};
    }

    void judge(const MadeObject& object, bool there, std::string_view elsewhere, std::string_view flaw) {
        auto& verified = *asked_for(object.migration);
        Promise promise{.what = object.label(), .place = object.place};
        if (there && flaw.empty()) return;
        if (there && flaw == "not validated" && object.not_valid) return;
        promise.truth = Truth::broken;
        if (there) {
            promise.why = flaw == "invalid" ? "it is there, but invalid: no query uses it"
                                            : "it is there, but not validated: rows that were there may violate it";
        } else if (!elsewhere.empty()) {
            promise.truth = Truth::unknown;
            promise.why = fmt::format("it is not in the search path, but there is one in schema {}", elsewhere);
        } else if (const auto by = ledger_.may_be_gone_by(object); !by.empty()) {
            promise.truth = Truth::unknown;
            promise.why = fmt::format("it is not there; {} may have taken it away", by);
        } else {
            promise.why = "it is not there, and no migration dropped it";
        }
        add(verified, std::move(promise));
    }

    // SET LOCAL throughout: behind a pooler the session is everybody's.
    std::string begin(std::chrono::milliseconds time) const {
        auto text = fmt::format(
            "BEGIN READ ONLY; SET LOCAL lock_timeout = {}; SET LOCAL statement_timeout = {}",
            kLockWait.count(),
            std::max<std::int64_t>(time.count(), 1)
        );
        const auto& path = context_.options.search_path;
        if (!path.empty()) text += "; SET LOCAL search_path = " + path;
        if (path.empty() && target_.facts().own_schema_first) text += "; SET LOCAL search_path = public";
        return text;
    }

    Result<> run_file(Verified& verified) {
        const auto index = context_.project.find_id(verified.id);
        if (!index || !context_.project.at(*index).verify) return {};
        const auto& migration = context_.project.at(*index);
        const auto name = migration.verify->filename().string();
        const auto unknown = [&](const Error& error) {
            add(verified, {.what = name, .truth = Truth::unknown, .why = error.message, .place = error.place});
        };
        const auto source =
            Source::read(*migration.verify, migration.header.placeholders, context_.options.placeholders);
        if (!source) {
            unknown(source.error());
            return {};
        }
        if (const auto good = check_verify(*source); !good) {
            unknown(good.error());
            return {};
        }
        verified.file = true;
        auto& connection = target_.connection();
        auto text = begin(options_.time) + paths_[verified.id];
        const auto& role = context_.options.role;
        if (!role.empty()) text += "; SET LOCAL ROLE " + pg::quote_identifier(role);
        auto begun = connection.run_message(text, limits_);
        if (!begun) {
            if (!connection.usable()) return begun;
            unknown(begun.error());
            return connection.run_message("ROLLBACK", limits_);
        }
        VerifyListener listener;
        const auto done =
            connection.run_message(source->script().text(), listener, limits_.at_most(options_.time + kSettling));
        if (!connection.usable()) return done ? Result<>{} : Result<>{done.error()};
        if (limits_.stop.stop_requested()) return done ? Result<>{} : Result<>{done.error()};
        judge_file(verified, name, *source, listener, done, connection.failed_index());
        return connection.run_message("ROLLBACK", limits_);
    }

    void judge_file(
        Verified& verified,
        const std::string& name,
        const Source& source,
        const VerifyListener& listener,
        const Result<>& done,
        std::size_t failed_index
    ) {
        const auto& statements = source.script().statements();
        const auto place = [&](std::size_t index) {
            return index < statements.size() ? source.place(statements[index].range.begin)
                                             : Place{.file = source.label()};
        };
        if (done && !listener.untrue()) return;
        if (done) {
            add(verified,
                {.what = name,
                 .truth = Truth::broken,
                 .why = source.mask(listener.reason()),
                 .place = place(*listener.untrue())});
            return;
        }
        const auto& error = done.error();
        Promise promise{
            .what = name, .truth = Truth::broken, .why = source.mask(error.message), .place = place(failed_index)
        };
        if (error.sqlstate == "25006") {
            promise.truth = Truth::unknown;
            promise.why = "it writes, and here it runs read-only: " + promise.why;
        } else if (error.sqlstate == "57014" || error.code == ErrorCode::deadline_exceeded) {
            promise.truth = Truth::unknown;
            promise.why = "it did not finish in time";
        } else if (error.code == ErrorCode::locked || error.code == ErrorCode::permission_denied) {
            promise.truth = Truth::unknown;
        }
        add(verified, std::move(promise));
    }

    const Context& context_;
    const VerifyOptions& options_;
    Target& target_;
    const History& history_;
    const Limits& limits_;
    VerifyReport report_;
    std::vector<const Row*> applied_;
    std::map<std::string, std::size_t, std::less<>> place_of_;
    std::map<std::string, std::string> paths_;  // SETs of search_path that the migration itself has
    Ledger ledger_;
};

}  // namespace

std::string_view name(Truth truth) {
    constexpr std::array<std::string_view, 3> kNames{"holds", "unknown", "broken"};
    return kNames[static_cast<std::size_t>(truth)];
}

std::size_t VerifyReport::count(Truth truth) const {
    return static_cast<std::size_t>(std::count_if(migrations.begin(), migrations.end(), [&](const Verified& v) {
        return v.truth == truth;
    }));
}

Result<VerifyReport> verify(const Context& context, const VerifyOptions& options, const Limits& limits) {
    DRYDOCK_TRY(auto target, Target::open(context.where, context.options, limits));
    DRYDOCK_TRY(const auto history, History::read(target, context.options.project, limits));
    return Verifier{context, options, target, history, limits}.run();
}

}  // namespace drydock::migrate
