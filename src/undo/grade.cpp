#include "undo/grade.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

namespace drydock::undo {
namespace {

using catalog::Kind;
using catalog::Object;
using catalog::Snapshot;
namespace aspect = catalog::aspect;

using Who = std::tuple<Kind, std::uint32_t, std::int32_t>;

Who who(const Object& object) {
    return {object.kind, object.identity.oid, object.identity.part};
}

std::map<Who, const Object*> by_identity(const Snapshot& snapshot) {
    std::map<Who, const Object*> result;
    for (const auto& object : snapshot.objects) {
        if (object.identity.oid != 0) result.emplace(who(object), &object);
    }
    return result;
}

std::string sql_name(const Object& object) {
    return fmt::format("{}.{}", pg::quote_identifier(object.schema), pg::quote_identifier(object.name));
}

class Judge {
public:
    Judge(const Evidence& evidence, Generated& result)
        : evidence_(evidence),
          result_(result),
          before_(by_identity(evidence.before)),
          after_(by_identity(evidence.after)),
          restored_(by_identity(evidence.restored)) {}

    void run() {
        for (const auto& change : catalog::compare(evidence_.before, evidence_.restored, {}).changes)
            result_.left.push_back(catalog::describe(change));
        judge_catalog();
        judge_taken();
        judge_files();
        judge_writes();
        judge_outside();
        note_drops();
    }

private:
    void lower(Grade grade) { result_.grade = std::max(result_.grade, grade); }

    void because(Grade grade, std::string sentence) {
        lower(grade);
        result_.reasons.push_back(std::move(sentence));
    }

    void lose(Grade grade, const Object& object, std::string words, std::string save) {
        lower(grade);
        if (!save.empty()) save.insert(0, "CREATE SCHEMA IF NOT EXISTS drydock_trash; ");
        result_.losses.push_back({.object = catalog::label(object), .words = std::move(words), .save = std::move(save)}
        );
    }

    // The catalog: what could not be brought back.
    void judge_catalog() {
        for (const auto& words : evidence_.concessions) because(Grade::lossy, words);
        const auto left = catalog::compare(evidence_.goal, evidence_.restored, {});
        if (left.empty()) return;
        const bool minor = std::all_of(left.changes.begin(), left.changes.end(), is_minor);
        const bool explained = !evidence_.impossible.empty() && evidence_.failures.empty();
        for (const auto& words : evidence_.impossible) because(minor ? Grade::lossy : Grade::not_reversible, words);
        for (const auto& words : evidence_.failures) because(Grade::not_reversible, words);
        if (explained) return;
        for (const auto& change : left.changes) {
            // As the person sees it: what is there after the rollback, and was not before.
            because(Grade::not_reversible, fmt::format("not brought back: {}", catalog::describe(change)));
        }
    }

    // The order of columns, and whose own they are: nothing that reads or writes rows by name can tell.
    static bool is_minor(const catalog::Change& change) {
        return change.kind == catalog::Change::Kind::changed && !change.renamed &&
               std::all_of(change.aspects.begin(), change.aspects.end(), [](const catalog::AspectChange& aspect) {
                   return aspect.name == aspect::position || aspect.name == aspect::inherited;
               });
    }

    const Object* table_of(const Snapshot& snapshot, const Object& column) const {
        return snapshot.find(Kind::table, column.schema, "", column.parent);
    }

    static const Object* in(const std::map<Who, const Object*>& objects, const Object& object) {
        const auto found = objects.find(who(object));
        return found == objects.end() ? nullptr : found->second;
    }

    // Whose rows or values are not those of before: it is another object now, or none.
    bool is_lost(const Object& object) const { return !in(after_, object) || !in(restored_, object); }

    std::string whose_fault(const Object& object) const {
        return in(after_, object) ? "the rollback has to make it anew" : "the migration drops it";
    }

    static bool holds_rows(const Object& object) {
        return object.kind == Kind::table && !object.find(aspect::partition_key);
    }

    void judge_taken() {
        for (const auto& object : evidence_.before.objects) {
            if (object.identity.oid == 0 || !is_lost(object)) continue;
            if (holds_rows(object)) {
                lose(
                    Grade::data_lost,
                    object,
                    fmt::format("its rows do not come back: {}", whose_fault(object)),
                    fmt::format("CREATE TABLE drydock_trash.{} AS TABLE {}", trash_name(object), sql_name(object))
                );
            } else if (object.kind == Kind::column && !object.find(aspect::generated)) {
                judge_column(object);
            } else if (object.kind == Kind::sequence && !object.is(aspect::of_identity) && !goes_with_table(object)) {
                lose(Grade::data_lost, object, fmt::format("it begins again: {}", whose_fault(object)), "");
            }
        }
    }

    void judge_column(const Object& column) {
        const auto* const table = table_of(evidence_.before, column);
        if (!table || !holds_rows(*table) || is_lost(*table)) return;
        lose(
            Grade::data_lost,
            column,
            fmt::format("its values do not come back: {}", whose_fault(column)),
            fmt::format(
                "CREATE TABLE drydock_trash.{} AS SELECT {}{} FROM {}",
                pg::quote_identifier(column.parent + "_" + column.name),
                key_columns(*table, column.name),
                pg::quote_identifier(column.name),
                sql_name(*table)
            )
        );
    }

    static std::string trash_name(const Object& object) { return pg::quote_identifier(object.name); }

    // What the saved values are found by again: "id, ".
    std::string key_columns(const Object& table, std::string_view but) const {
        for (const auto& object : evidence_.before.objects) {
            if (object.kind != Kind::constraint || object.schema != table.schema || object.parent != table.name ||
                object.get(aspect::constraint_type) != "primary key")
                continue;
            std::string list;
            for (const auto& column : catalog::items(object.get(aspect::columns))) {
                if (column != but) list += pg::quote_identifier(column) + ", ";
            }
            return list;
        }
        return "ctid AS row_before, ";
    }

    bool goes_with_table(const Object& sequence) const {
        const auto owned = sequence.get(aspect::owned_by);
        if (owned.empty()) return false;
        return std::any_of(evidence_.before.objects.begin(), evidence_.before.objects.end(), [&](const Object& object) {
            return object.kind == Kind::table && is_lost(object) && object.schema == sequence.schema &&
                   owned.find(object.name) != std::string_view::npos;
        });
    }

    // Tables that are the same and lie in another file: emptied, or with values converted.
    void judge_files() {
        for (const auto& [id, was] : before_) {
            if (!holds_rows(*was) || is_lost(*was)) continue;
            const auto* const is = in(after_, *was);
            if (truncated(*was, *is)) {
                lose(
                    Grade::data_lost,
                    *was,
                    "its rows do not come back: the migration empties it",
                    fmt::format("CREATE TABLE drydock_trash.{} AS TABLE {}", trash_name(*was), sql_name(*was))
                );
                continue;
            }
            const bool moved = was->identity.storage != is->identity.storage;
            const bool explained = judge_conversions(*was, *is, moved);
            if (!moved || explained || rewritten_for_a_reason(*was, *is)) continue;
            lose(
                Grade::data_lost,
                *was,
                "the migration makes its file anew, and nothing in the catalog says why: it may be empty now",
                ""
            );
        }
    }

    bool truncated(const Object& was, const Object& is) const {
        const auto named = [&](const Told::Write& write, const Object& table) {
            return write.name == table.name && (write.schema.empty() || write.schema == table.schema);
        };
        const bool said =
            std::any_of(evidence_.told.truncates.begin(), evidence_.told.truncates.end(), [&](const auto& write) {
                return named(write, was) || named(write, is);
            });
        if (said) return true;
        return evidence_.told.truncates_unknown && was.identity.storage != is.identity.storage;
    }

    // Columns of another type. True when they account for the new file.
    bool judge_conversions(const Object& was, const Object& is, bool moved) {
        bool accounts = false;
        for (const auto& [id, old] : before_) {
            if (old->kind != Kind::column || old->identity.oid != was.identity.oid) continue;
            const auto* const now = in(after_, *old);
            if (!now || now->get(aspect::type) == old->get(aspect::type) || old->find(aspect::generated)) continue;
            const auto from = old->get(aspect::type);
            const auto to = now->get(aspect::type);
            const bool computed =
                evidence_.told.computed.contains(was.name) || evidence_.told.computed.contains(is.name);
            const bool odd = moved && needs_no_rewrite(from, to) && !rewritten_for_a_reason(was, is);
            accounts = accounts || !needs_no_rewrite(from, to) || odd;
            if (!computed && !odd && keeps_values(from, to)) continue;
            lose(
                Grade::lossy,
                *old,
                computed ? fmt::format("its values are computed anew for {} and do not all come back as they were", to)
                         : fmt::format("not every value of {} outlives the way to {} and back", from, to),
                fmt::format(
                    "CREATE TABLE drydock_trash.{} AS SELECT {}{} FROM {}",
                    pg::quote_identifier(old->parent + "_" + old->name),
                    key_columns(was, old->name),
                    pg::quote_identifier(old->name),
                    sql_name(was)
                )
            );
        }
        return accounts;
    }

    bool rewritten_for_a_reason(const Object& was, const Object& is) const {
        for (const auto name : {aspect::persistence, aspect::tablespace, aspect::access_method}) {
            if (was.get(name) != is.get(name)) return true;
        }
        const auto& rebuilds = evidence_.told.rebuilds;
        if (rebuilds.contains("") || rebuilds.contains(was.name) || rebuilds.contains(is.name)) return true;
        // A new column whose default is computed for each row.
        return std::any_of(evidence_.after.objects.begin(), evidence_.after.objects.end(), [&](const Object& object) {
            if (object.kind != Kind::column || object.identity.oid != is.identity.oid || in(before_, object))
                return false;
            return object.find(aspect::default_value) || object.find(aspect::identity) ||
                   object.find(aspect::generated) ||
                   object.get(aspect::type).find('.') != std::string_view::npos;  // a domain's checks
        });
    }

    // Rows of tables that were there before.
    void judge_writes() {
        std::map<std::uint32_t, std::string> tables;  // by OID: the command
        for (const auto& write : evidence_.told.writes) {
            if (const auto* const table = find_relation(write)) tables.emplace(table->identity.oid, write.command);
        }
        if (evidence_.written) {
            for (const auto oid : *evidence_.written) tables.emplace(oid, "");
        }
        for (const auto& [oid, command] : tables) {
            const auto* const table = there_before(Kind::table, oid);
            if (table && in(after_, *table)) tell_write(*table, command);
            const auto* const sequence = there_before(Kind::sequence, oid);
            if (sequence && in(after_, *sequence))
                because(
                    Grade::lossy, fmt::format("{} goes on from where the migration left it", catalog::label(*sequence))
                );
        }
        if (!evidence_.written && !evidence_.told.opaque.empty() && !only_plain_selects()) {
            because(
                Grade::lossy,
                fmt::format(
                    "what {} does to rows could not be watched, because the migration does not run in one transaction",
                    evidence_.told.opaque.front()
                )
            );
        }
    }

    bool only_plain_selects() const {
        return std::all_of(evidence_.told.opaque.begin(), evidence_.told.opaque.end(), [](const auto& command) {
            return command == "VALUES" || command == "TABLE";
        });
    }

    void tell_write(const Object& table, const std::string& command) {
        because(
            Grade::not_reversible,
            fmt::format(
                "rows of {} are changed{}, and nothing keeps what was there: write a rollback file, or move the rows "
                "in a "
                "migration of their own",
                catalog::label(table),
                command.empty() ? "" : " by " + command
            )
        );
    }

    const Object* there_before(Kind kind, std::uint32_t oid) const {
        const auto found = before_.find({kind, oid, 0});
        return found == before_.end() ? nullptr : found->second;
    }

    // By the name it had before or has after; the migration may have renamed it.
    const Object* find_relation(const Told::Write& write) const {
        for (const auto* const snapshot : {&evidence_.before, &evidence_.after}) {
            for (const auto& object : snapshot->objects) {
                const bool named = object.kind == Kind::table && object.name == write.name &&
                                   (write.schema.empty() || write.schema == object.schema);
                if (named && there_before(Kind::table, object.identity.oid)) return &object;
            }
        }
        return nullptr;
    }

    void judge_outside() {
        for (const auto& command : evidence_.told.outside)
            because(
                Grade::not_reversible,
                fmt::format("{} reaches beyond this database, and nothing shows what was there", command)
            );
    }

    // What the rollback drops: rows that come after the migration are lost with it.
    void note_drops() {
        for (const auto& object : evidence_.after.objects) {
            if (object.identity.oid == 0 || in(restored_, object)) continue;
            if (holds_rows(object)) {
                result_.drops.push_back(catalog::label(object));
            } else if (object.kind == Kind::column) {
                const auto* const table = table_of(evidence_.after, object);
                if (table && holds_rows(*table) && in(restored_, *table))
                    result_.drops.push_back(catalog::label(object));
            }
        }
    }

    const Evidence& evidence_;
    Generated& result_;
    std::map<Who, const Object*> before_;
    std::map<Who, const Object*> after_;
    std::map<Who, const Object*> restored_;
};

}  // namespace

void judge(const Evidence& evidence, Generated& result) {
    Judge{evidence, result}.run();
}

}  // namespace drydock::undo
