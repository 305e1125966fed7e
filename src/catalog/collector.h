#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/result.h"
#include "catalog/object.h"
#include "catalog/snapshot.h"
#include "pg/rows.h"

namespace drydock::catalog {

struct AspectTraits;

// A row of the catalog, or a column of one.
struct Key {
    std::uint32_t catalog = 0;
    std::uint32_t oid = 0;
    std::int32_t part = 0;

    friend bool operator==(const Key&, const Key&) = default;
};
struct KeyHash {
    std::size_t operator()(const Key& key) const noexcept {
        const auto whole = (std::uint64_t{key.catalog} << 48U) ^ (std::uint64_t{key.oid} << 16U) ^
                           static_cast<std::uint64_t>(static_cast<std::uint32_t>(key.part));
        return std::hash<std::uint64_t>{}(whole);
    }
};

// Makes objects of the rows that the queries give. What tells of other rows comes first: members, comments, labels.
class Collector {
public:
    // `any_bytes`: the server does not see to it that texts are UTF-8.
    Collector(ReadOptions options, bool any_bytes) : options_(std::move(options)), any_bytes_(any_bytes) {}

    void take_members(const pg::Rows& rows);
    void take_comments(const pg::Rows& rows);
    void take_security_labels(const pg::Rows& rows);
    // A column of the result is an aspect of that name; those that begin with _ say which object a row is of:
    // _kind (where the query gives several), _catalog, _oid, _part, _storage, _schema, _parent and _name. Besides,
    // _acl_default is what `acl` is if nobody changed it, and _builtin marks what comes with the server.
    Result<> take_objects(const pg::Rows& rows, Kind kind);
    void take_stand_ins(const pg::Rows& rows);
    void take_dependencies(const pg::Rows& rows);

    Snapshot finish(int server_version);

private:
    struct Member {
        std::string extension;
        std::uint32_t extension_oid = 0;
        std::optional<std::string> privileges;
    };
    struct Columns;
    class Row;

    static Result<Columns> columns_of(const pg::Rows& rows);
    const Member* member(const Object& object) const;
    static bool is_usual(const Row& row, Kind kind, const Member* member, const std::string& privileges);
    static void take_aspects(Object& object, const Row& row, const Member* member, bool only_privileges);
    Result<> take_object(const Row& row, Kind kind);
    bool is_wanted(const Object& object) const;
    void add_notes(Object& object) const;
    Key resolve(Key key) const;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> dependencies(const std::vector<Object>& objects) const;

    ReadOptions options_;
    bool any_bytes_;
    std::unordered_map<Key, Member, KeyHash> members_;
    std::unordered_map<Key, std::string, KeyHash> comments_;
    std::unordered_map<Key, std::string, KeyHash> labels_;
    std::set<std::pair<std::string, std::string>> member_relations_;  // schema and name
    std::unordered_map<Key, Key, KeyHash> stand_ins_;
    std::vector<std::pair<Key, Key>> edges_;
    std::vector<Object> objects_;
};

}  // namespace drydock::catalog
