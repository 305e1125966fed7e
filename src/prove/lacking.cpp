#include "prove/lacking.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "sql/tree.h"

namespace drydock::prove {
namespace {

using sql::ObjectKind;
using sql::Use;

std::vector<sql::Analysis> analyse(const sql::Script& script) {
    std::vector<std::string_view> texts;
    for (const auto& statement : script.statements()) texts.push_back(script.text_of(statement));
    return sql::analyse(texts);
}

void add_once(std::vector<std::string>& list, const std::string& name) {
    if (std::find(list.begin(), list.end(), name) == list.end()) list.push_back(name);
}

bool is_about(const sql::Analysis& analysis, const std::vector<std::string>& extensions) {
    return std::any_of(analysis.objects.begin(), analysis.objects.end(), [&](const auto& object) {
        return object.kind == ObjectKind::extension && object.use != Use::reads &&
               std::find(extensions.begin(), extensions.end(), object.name) != extensions.end();
    });
}

}  // namespace

Needs needs_of(const sql::Script& script) {
    Needs needs;
    std::set<std::string, std::less<>> made;
    for (const auto& analysis : analyse(script)) {
        for (const auto& object : analysis.objects) {
            if (object.kind == ObjectKind::extension && object.use != Use::reads) {
                add_once(needs.extensions, object.name);
            }
            if (object.kind != ObjectKind::role) continue;
            if (object.use == Use::creates) made.insert(object.name);
            // A DROP ROLE that has IF EXISTS needs nothing; one without it fails on the target as well.
            if (object.use == Use::drops || object.use == Use::creates) continue;
            if (!made.contains(object.name)) add_once(needs.roles, object.name);
        }
    }
    return needs;
}

Result<migrate::Source> without_extensions(
    const migrate::Source& source,
    const std::vector<std::string>& extensions,
    const std::vector<layouts::HeaderValue>& placeholders,
    const migrate::PlaceholderValues& values
) {
    // In the text as it was written: values of placeholders stay out of what errors quote.
    std::string text{source.original()};
    DRYDOCK_TRY(const auto script, sql::Script::read(text, source.label()));
    const auto analyses = analyse(script);
    std::vector<sql::Range> cut;
    for (std::size_t i = 0; i < analyses.size(); ++i) {
        if (is_about(analyses[i], extensions)) cut.push_back(script.statements()[i].range);
    }
    for (const auto& range : cut) {
        for (auto i = range.begin; i < range.end; ++i) {
            if (text[i] != '\n') text[i] = ' ';
        }
    }
    return migrate::Source::stored(std::move(text), source.label(), placeholders, values);
}

std::string missing_role(const Error& error) {
    if (error.sqlstate != "42704") return {};
    constexpr std::string_view kBefore = "role \"";
    constexpr std::string_view kBehind = "\" does not exist";
    const auto begin = error.message.find(kBefore);
    if (begin == std::string::npos) return {};
    const auto end = error.message.find(kBehind, begin);
    if (end == std::string::npos) return {};
    const auto from = begin + kBefore.size();
    return error.message.substr(from, end - from);
}

}  // namespace drydock::prove
