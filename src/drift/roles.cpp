#include "drift/roles.h"

#include <algorithm>
#include <cctype>
#include <limits>
#include <numeric>
#include <vector>

#include <fmt/format.h>

#include "pg/connection.h"

namespace drydock::drift {
namespace {

using catalog::Kind;
using catalog::Object;
namespace aspect = catalog::aspect;

constexpr auto kGone = std::numeric_limits<std::uint32_t>::max();

// Puts the objects in this order (places of now) and leaves out those that it does not name.
void rearrange(catalog::Snapshot& snapshot, const std::vector<std::uint32_t>& order) {
    std::vector<std::uint32_t> places(snapshot.objects.size(), kGone);
    std::vector<Object> objects;
    objects.reserve(order.size());
    for (const auto place : order) {
        places[place] = static_cast<std::uint32_t>(objects.size());
        objects.push_back(std::move(snapshot.objects[place]));
    }
    snapshot.objects = std::move(objects);
    for (auto& [first, second] : snapshot.dependencies) {
        first = places[first];
        second = places[second];
    }
    std::erase_if(snapshot.dependencies, [](const auto& pair) { return pair.first == kGone || pair.second == kGone; });
    std::ranges::sort(snapshot.dependencies);
}

// As the server writes a role among privileges: quoted where it is more than letters, digits and _.
std::string in_privileges(const std::string& role) {
    const bool plain = !role.empty() && std::ranges::all_of(role, [](const char c) {
        return c == '_' || std::isalnum(static_cast<unsigned char>(c)) != 0;
    });
    return plain ? role : pg::quote_identifier(role);
}

// "from=r/from" with another name. A role's name may hold = and /, then it is quoted.
std::string item_renamed(std::string item, const std::string& from, const std::string& to) {
    if (item.starts_with(from + '=')) item.replace(0, from.size(), to);
    const auto grantor = '/' + from;
    if (item.ends_with(grantor)) item.replace(item.size() - from.size(), from.size(), to);
    return item;
}

std::string list(std::vector<std::string> items) {
    std::ranges::sort(items);
    std::string text;
    for (const auto& item : items) {
        if (&item != &items.front()) text += '\n';
        for (const char c : item) {
            if (c == '\\') text += '\\';
            if (c == '\n')
                text += "\\n";
            else
                text += c;
        }
    }
    return text;
}

void rename_role(Object& object, const std::string& from, const std::string& to) {
    const bool is_owner = object.get(aspect::owner) == from;
    if (is_owner && (object.kind == Kind::default_privilege)) object.name.replace(0, from.size(), to);
    for (auto& [name, value] : object.aspects) {
        if (name == aspect::owner && value == from) value = to;
        if (name != aspect::acl && name != aspect::roles) continue;
        auto items = catalog::items(value);
        for (auto& item : items) {
            if (name == aspect::acl)
                item = item_renamed(std::move(item), in_privileges(from), in_privileges(to));
            else if (item == from || item == pg::quote_identifier(from))
                item = to;
        }
        value = list(std::move(items));
    }
}

}  // namespace

void rename_roles(catalog::Snapshot& snapshot, const catalog::Snapshot& start, const Roles& roles) {
    for (auto& object : snapshot.objects) {
        const bool from_the_start = start.find(object.kind, object.schema, object.parent, object.name) != nullptr;
        if (from_the_start)
            rename_role(object, roles.shadow_superuser, roles.superuser);
        else
            rename_role(object, roles.shadow_role, roles.role);
    }
    // A default privilege is called after its role.
    std::vector<std::uint32_t> order(snapshot.objects.size());
    std::iota(order.begin(), order.end(), 0U);
    std::ranges::sort(order, [&](const auto a, const auto b) {
        return catalog::compare_keys(snapshot.objects[a], snapshot.objects[b]) < 0;
    });
    rearrange(snapshot, order);
}

void remove_objects(catalog::Snapshot& snapshot, const std::function<bool(const Object&)>& unwanted) {
    std::vector<std::uint32_t> order;
    for (std::uint32_t i = 0; i < snapshot.objects.size(); ++i) {
        if (!unwanted(snapshot.objects[i])) order.push_back(i);
    }
    if (order.size() < snapshot.objects.size()) rearrange(snapshot, order);
}

}  // namespace drydock::drift
