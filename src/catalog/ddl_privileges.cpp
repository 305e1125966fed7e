#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "base/text.h"
#include "catalog/ddl.h"
#include "catalog/ddl_text.h"

namespace drydock::catalog::ddl {
namespace {

struct Letter {
    char letter;
    std::string_view word;
};
constexpr Letter kLetters[] = {
    {'r', "SELECT"},
    {'a', "INSERT"},
    {'w', "UPDATE"},
    {'d', "DELETE"},
    {'D', "TRUNCATE"},
    {'x', "REFERENCES"},
    {'t', "TRIGGER"},
    {'m', "MAINTAIN"},
    {'X', "EXECUTE"},
    {'U', "USAGE"},
    {'C', "CREATE"},
    {'c', "CONNECT"},
    {'T', "TEMPORARY"},
    {'s', "SET"},
    {'A', "ALTER SYSTEM"},
};

std::string_view word(char letter) {
    for (const auto& known : kLetters) {
        if (known.letter == letter) return known.word;
    }
    return {};
}

struct Pair {
    std::string grantor;
    std::string grantee;  // empty: PUBLIC
    auto operator<=>(const Pair&) const = default;
};
// The letters, and whether they may be passed on.
using Privileges = std::map<char, bool>;
using Acl = std::map<Pair, Privileges>;

// A role name as aclitemout writes it, from `at` on.
std::string read_role(std::string_view text, std::size_t& at) {
    std::string name;
    bool quoted = false;
    for (; at < text.size(); ++at) {
        const char c = text[at];
        if (c == '"') {
            if (quoted && at + 1 < text.size() && text[at + 1] == '"') {
                name += '"';
                ++at;
            } else {
                quoted = !quoted;
            }
        } else if (!quoted && (c == '=' || c == '/')) {
            break;
        } else {
            name += c;
        }
    }
    return name;
}

void read_item(Acl& acl, std::string_view item) {
    std::size_t at = 0;
    Pair pair;
    pair.grantee = read_role(item, at);
    Privileges privileges;
    for (++at; at < item.size() && item[at] != '/'; ++at) {
        const bool option = at + 1 < item.size() && item[at + 1] == '*';
        privileges[item[at]] = option;
        if (option) ++at;
    }
    ++at;
    pair.grantor = read_role(item, at);
    acl[pair].merge(privileges);
}

// What acldefault() gives: all to the owner, and to PUBLIC what the kind has.
Acl default_acl(const AclTarget& target) {
    Acl acl;
    if (!target.columns.empty()) return acl;
    std::string_view owner;
    std::string_view everyone;
    switch (target.kind) {
        case Kind::table:
        case Kind::view:
        case Kind::materialized_view:
        case Kind::foreign_table:
            owner = target.version >= 170000 ? "arwdDxtm" : "arwdDxt";
            break;
        case Kind::sequence:
            owner = "rwU";
            break;
        case Kind::schema:
            owner = "UC";
            break;
        case Kind::database:
            owner = "CTc";
            everyone = "Tc";
            break;
        case Kind::function:
        case Kind::procedure:
        case Kind::aggregate:
            owner = "X";
            everyone = "X";
            break;
        case Kind::language:
        case Kind::type:
        case Kind::domain:
        case Kind::enumeration:
        case Kind::composite_type:
        case Kind::range_type:
            owner = "U";
            everyone = "U";
            break;
        case Kind::foreign_data_wrapper:
        case Kind::foreign_server:
            owner = "U";
            break;
        default:
            break;
    }
    for (const char c : owner) acl[{target.owner, target.owner}][c] = false;
    for (const char c : everyone) acl[{target.owner, ""}][c] = false;
    return acl;
}

Acl read_acl(const AclTarget& target, const std::string* value) {
    if (!value) return default_acl(target);
    Acl acl;
    for (const auto& line : lines(value)) read_item(acl, line);
    return acl;
}

std::string role(const std::string& name) {
    return name.empty() ? "PUBLIC" : ident(name);
}

std::string words(const std::vector<char>& letters, const std::string& columns) {
    std::vector<std::string> result;
    for (const auto& known : kLetters) {
        if (std::find(letters.begin(), letters.end(), known.letter) != letters.end())
            result.push_back(std::string{known.word} + columns);
    }
    return joined(result, ", ");
}

// Gives only who has it can give: as the owner unless the list says otherwise.
void as_grantor(std::vector<std::string>& out, const AclTarget& target, const Pair& pair, std::string statement) {
    const bool other = !target.owner.empty() && !pair.grantor.empty() && pair.grantor != target.owner;
    if (other) out.push_back("SET LOCAL ROLE " + ident(pair.grantor));
    out.push_back(std::move(statement));
    if (other) out.push_back("RESET ROLE");
}

struct Both {
    std::vector<char> gone;
    std::vector<char> option_gone;
    std::vector<char> given;
    std::vector<char> given_on;  // with grant option
};

Both differ(const Privileges& before, const Privileges& after) {
    Both both;
    for (const auto& [letter, option] : before) {
        if (word(letter).empty()) continue;
        const auto now = after.find(letter);
        if (now == after.end()) {
            both.gone.push_back(letter);
        } else if (option && !now->second) {
            both.option_gone.push_back(letter);
        }
    }
    for (const auto& [letter, option] : after) {
        if (word(letter).empty()) continue;
        const auto was = before.find(letter);
        if (was != before.end() && was->second == option) continue;
        if (was != before.end() && !option) continue;  // the option was taken
        (option ? both.given_on : both.given).push_back(letter);
    }
    return both;
}

// The owner's own last to go and first to come: what others pass on hangs on it.
std::vector<Pair> pairs_of(const Acl& before, const Acl& after, const std::string& owner, bool owner_first) {
    std::set<Pair> all;
    for (const auto& [pair, privileges] : before) all.insert(pair);
    for (const auto& [pair, privileges] : after) all.insert(pair);
    std::vector<Pair> result(all.begin(), all.end());
    std::ranges::sort(result, [&](const Pair& a, const Pair& b) {
        const bool a_first = (a.grantor == owner) == owner_first;
        const bool b_first = (b.grantor == owner) == owner_first;
        return a_first != b_first ? a_first : a < b;
    });
    return result;
}

const Privileges& of(const Acl& acl, const Pair& pair) {
    static const Privileges none;
    const auto found = acl.find(pair);
    return found == acl.end() ? none : found->second;
}

std::vector<std::string> statements_between(
    const AclTarget& target, const Acl& before, const Acl& after, std::string_view prefix
) {
    std::vector<std::string> out;
    const auto on = target.what;
    for (const auto& pair : pairs_of(before, after, target.owner, false)) {
        const auto both = differ(of(before, pair), of(after, pair));
        const auto who = role(pair.grantee);
        if (!both.gone.empty())
            as_grantor(
                out,
                target,
                pair,
                fmt::format("{}REVOKE {} ON {} FROM {}", prefix, words(both.gone, target.columns), on, who)
            );
        if (!both.option_gone.empty()) {
            as_grantor(
                out,
                target,
                pair,
                fmt::format(
                    "{}REVOKE GRANT OPTION FOR {} ON {} FROM {}",
                    prefix,
                    words(both.option_gone, target.columns),
                    on,
                    who
                )
            );
        }
    }
    for (const auto& pair : pairs_of(before, after, target.owner, true)) {
        const auto both = differ(of(before, pair), of(after, pair));
        const auto who = role(pair.grantee);
        if (!both.given.empty())
            as_grantor(
                out,
                target,
                pair,
                fmt::format("{}GRANT {} ON {} TO {}", prefix, words(both.given, target.columns), on, who)
            );
        if (!both.given_on.empty()) {
            as_grantor(
                out,
                target,
                pair,
                fmt::format(
                    "{}GRANT {} ON {} TO {} WITH GRANT OPTION", prefix, words(both.given_on, target.columns), on, who
                )
            );
        }
    }
    return out;
}

// A new owner takes the place of the old one in every item.
void change_owner(Acl& acl, const std::string& old_owner, const std::string& new_owner) {
    Acl changed;
    for (const auto& [pair, privileges] : acl) {
        const auto mapped = [&](const std::string& name) { return name == old_owner ? new_owner : name; };
        auto& into = changed[{mapped(pair.grantor), mapped(pair.grantee)}];
        for (const auto& [letter, option] : privileges) into[letter] = into[letter] || option;
    }
    acl = std::move(changed);
}

std::string owner_of(const Snapshot& snapshot, const Object& object) {
    if (object.kind == Kind::column) {
        const auto* const table = parent(snapshot, object);
        return table ? std::string{table->get(aspect::owner)} : "";
    }
    if (const auto* const owner = object.find(aspect::owner)) return *owner;
    // Of a member of an extension only the privileges are told; who gave them is its owner.
    Acl acl;
    for (const auto& line : lines(object.find(aspect::acl))) read_item(acl, line);
    return acl.empty() ? "" : acl.begin()->first.grantor;
}

}  // namespace

std::string in_this_database(std::string_view before, std::string_view after) {
    std::string form{before};
    form += "%I";
    for (const char c : after) form.append(c == '%' ? 2 : 1, c);
    return fmt::format("DO $drydock$ BEGIN EXECUTE format({}, current_database()); END $drydock$", literal(form));
}

std::vector<std::string> acl_statements(const AclTarget& target, const std::string* before, const std::string* after) {
    return statements_between(target, read_acl(target, before), read_acl(target, after), "");
}

void alter_acl(const Alteration& change, Out& out) {
    AclTarget target{
        .kind = change.to.kind,
        .what = ddl::target(change.scene.to, change.to),
        .columns = "",
        .owner = owner_of(change.scene.to, change.to),
        .version = change.scene.to.server_version,
    };
    if (change.to.kind == Kind::column) {
        target.columns = fmt::format(" ({})", ident(change.to.name));
        target.what = "TABLE " + parent_of(change.to);
    }
    const auto kind = change.to.kind;
    if (kind == Kind::view || kind == Kind::materialized_view || kind == Kind::foreign_table)
        target.what = "TABLE " + qualified(change.to);
    if (kind == Kind::aggregate) target.what = "FUNCTION " + qualified(change.to);
    if (kind == Kind::enumeration || kind == Kind::domain || kind == Kind::composite_type || kind == Kind::range_type)
        target.what = "TYPE " + qualified(change.to);
    if (kind == Kind::foreign_server) target.what = "FOREIGN SERVER " + qualified(change.to);
    constexpr std::string_view kHere = "DATABASE %I";
    if (kind == Kind::database) target.what = kHere;
    auto before = read_acl(target, change.before);
    if (change.from) {
        auto old_target = target;
        old_target.owner = owner_of(change.scene.from, *change.from);
        before = read_acl(old_target, change.before);
        change_owner(before, old_target.owner, target.owner);
    }
    for (auto& statement : statements_between(target, before, read_acl(target, change.after), "")) {
        const auto at = kind == Kind::database ? statement.find(kHere) : std::string::npos;
        if (at == std::string::npos) {
            out.late.push_back(std::move(statement));
        } else {
            const std::string_view text = statement;
            out.late.push_back(in_this_database(text.substr(0, at + 9), text.substr(at + kHere.size())));
        }
    }
}

void alter_owner(const Alteration& change, Out& out) {
    if (!change.after) return;
    // What is created belongs to who runs this, and that is who the database is of; only another owner is said.
    if (!change.from) {
        const auto* const database = change.scene.to.find(Kind::database, "", "", "");
        if (database && database->get(aspect::owner) == *change.after) return;
    }
    const auto& to = change.to;
    if (to.kind == Kind::database) {
        out.add(in_this_database("ALTER DATABASE ", " OWNER TO " + ident(*change.after)));
    } else if (to.kind == Kind::extension) {
        if (change.from) out.impossible.push_back(fmt::format("{} can't get another owner", label(to)));
    } else {
        out.add(fmt::format("ALTER {} OWNER TO {}", target(change.scene.to, to), ident(*change.after)));
    }
}

void alter_comment(const Alteration& change, Out& out) {
    const auto value = change.after ? literal(*change.after) : "NULL";
    if (change.to.kind == Kind::database) {
        out.late.push_back(in_this_database("COMMENT ON DATABASE ", " IS " + value));
        return;
    }
    out.late.push_back(fmt::format("COMMENT ON {} IS {}", target(change.scene.to, change.to), value));
}

void alter_security_labels(const Alteration& change, Out& out) {
    std::map<std::string, std::string> labels;  // by provider; empty: none any more
    const auto read = [](const std::string& line) {
        const auto at = line.find(": ");
        return std::pair{line.substr(0, at), at == std::string::npos ? "" : line.substr(at + 2)};
    };
    for (const auto& line : lines(change.before)) labels[read(line).first];
    for (const auto& line : lines(change.after)) labels[read(line).first] = literal(read(line).second);
    for (const auto& [provider, text] : labels) {
        out.late.push_back(fmt::format(
            "SECURITY LABEL FOR {} ON {} IS {}",
            ident(provider),
            target(change.scene.to, change.to),
            text.empty() ? "NULL" : text
        ));
    }
}

std::vector<std::string> default_acl_statements(
    const Object& object, const std::string* before, const std::string* after
) {
    const std::string owner{object.get(aspect::owner)};
    const auto* const schema = object.find(aspect::schema);
    const auto kind = object.get(aspect::objects);
    auto prefix = fmt::format("ALTER DEFAULT PRIVILEGES FOR ROLE {}", ident(owner));
    if (schema) prefix += fmt::format(" IN SCHEMA {}", ident(*schema));
    AclTarget target{.kind = Kind::table, .what = std::string{kind}, .columns = "", .owner = owner, .version = 0};
    std::transform(target.what.begin(), target.what.end(), target.what.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    });
    if (kind == "functions") target.kind = Kind::function;
    if (kind == "types") target.kind = Kind::type;
    if (kind == "sequences") target.kind = Kind::sequence;
    if (kind == "schemas") target.kind = Kind::schema;
    // In a schema they add to the global ones, so none at all is what they start from.
    const auto read = [&](const std::string* value) { return value || !schema ? read_acl(target, value) : Acl{}; };
    return statements_between(target, read(before), read(after), prefix + " ");
}

}  // namespace drydock::catalog::ddl
