#include "catalog/order.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>

#include "catalog/ddl_text.h"

namespace drydock::catalog::ddl {
namespace {

// Among what may run at once, the order that reads best: what others stand on first. Dependencies pull forward what
// is needed earlier.
constexpr std::array kOrder{
    Kind::database,
    Kind::schema,
    Kind::extension,
    Kind::language,
    Kind::access_method,
    Kind::type,
    Kind::enumeration,
    Kind::collation,
    Kind::domain,
    Kind::composite_type,
    Kind::range_type,
    Kind::foreign_data_wrapper,
    Kind::foreign_server,
    Kind::user_mapping,
    Kind::text_search_parser,
    Kind::text_search_template,
    Kind::text_search_dictionary,
    Kind::text_search_configuration,
    Kind::sequence,
    Kind::table,
    Kind::foreign_table,
    Kind::column,
    Kind::function,
    Kind::procedure,
    Kind::aggregate,
    Kind::op,
    Kind::operator_family,
    Kind::operator_class,
    Kind::cast,
    Kind::transform,
    Kind::conversion,
    Kind::view,
    Kind::materialized_view,
    Kind::constraint,
    Kind::index,
    Kind::statistics,
    Kind::rule,
    Kind::trigger,
    Kind::policy,
    Kind::event_trigger,
    Kind::publication,
    Kind::subscription,
    Kind::default_privilege,
};

int rank(const Object& object) {
    const auto at = static_cast<int>(std::find(kOrder.begin(), kOrder.end(), object.kind) - kOrder.begin());
    // Foreign keys need the keys of others.
    const bool foreign = object.kind == Kind::constraint && object.get(aspect::constraint_type) == "foreign key";
    return at * 2 + (foreign ? 1 : 0);
}

int position(const Object& object) {
    int value = 0;
    for (const char c : object.get(aspect::position)) value = value * 10 + (c - '0');
    return value;
}

class Graph {
public:
    // phase, rank, place, number: the smallest that is free goes next.
    using Weight = std::tuple<int, int, int, std::size_t>;

    std::size_t add(std::vector<std::string> statements, int phase, int weight, int place) {
        nodes_.push_back({std::move(statements), {phase, weight, place, nodes_.size()}, {}, 0});
        return nodes_.size() - 1;
    }

    void before(std::size_t first, std::size_t second) {
        if (first == second) return;
        nodes_[first].then.push_back(second);
        ++nodes_[second].waits;
    }

    // Where they wait for each other, the one that would come first does.
    std::vector<std::size_t> sorted() {
        std::set<Weight> free;
        std::set<Weight> waiting;
        for (const auto& node : nodes_) (node.waits == 0 ? free : waiting).insert(node.weight);
        std::vector<std::size_t> order;
        while (!free.empty() || !waiting.empty()) {
            auto& from = free.empty() ? waiting : free;
            const auto next = std::get<3>(*from.begin());
            from.erase(from.begin());
            order.push_back(next);
            for (const auto then : nodes_[next].then) {
                auto& node = nodes_[then];
                if (node.waits == 0 || --node.waits > 0) continue;
                if (waiting.erase(node.weight)) free.insert(node.weight);
            }
        }
        return order;
    }

    std::vector<std::string>& statements(std::size_t node) { return nodes_[node].statements; }

private:
    struct Node {
        std::vector<std::string> statements;
        Weight weight;
        std::vector<std::size_t> then;
        std::size_t waits;
    };
    std::vector<Node> nodes_;
};

using Place = std::optional<std::size_t>;

class Orderer {
public:
    Orderer(const Scene& scene, const Matching& matching, Plan plan)
        : scene_(scene), matching_(matching), plan_(std::move(plan)) {}

    std::vector<std::string> run() {
        add_nodes();
        add_edges();
        std::vector<std::string> result;
        for (auto& out : plan_.made) take(result, out.early);
        const auto order = graph_.sorted();
        for (const auto node : order) take(result, graph_.statements(node));
        // Tables join their trees first, then indexes theirs; the rest names what is there by then.
        for (const auto kind : {Kind::table, Kind::foreign_table, Kind::index}) take_late(result, kind);
        for (std::size_t t = 0; t < plan_.made.size(); ++t) take(result, plan_.made[t].late);
        return result;
    }

private:
    static void take(std::vector<std::string>& into, std::vector<std::string>& statements) {
        for (auto& statement : statements) into.push_back(std::move(statement));
        statements.clear();
    }

    void take_late(std::vector<std::string>& into, Kind kind) {
        for (std::size_t t = 0; t < plan_.made.size(); ++t) {
            if (scene_.to.objects[t].kind == kind) take(into, plan_.made[t].late);
        }
    }

    void add_nodes() {
        gone_.resize(scene_.from.objects.size());
        made_.resize(scene_.to.objects.size());
        for (std::size_t f = 0; f < gone_.size(); ++f) {
            if (!plan_.gone(f) || plan_.goes_with[f]) continue;
            const auto& object = scene_.from.objects[f];
            gone_[f] = graph_.add(std::move(plan_.dropped[f].statements), 0, -rank(object), -position(object));
        }
        for (std::size_t f = 0; f < gone_.size(); ++f) {
            if (plan_.goes_with[f]) gone_[f] = gone_[root(plan_.goes_with, f)];
        }
        for (std::size_t t = 0; t < made_.size(); ++t) {
            const auto& object = scene_.to.objects[t];
            auto& statements = plan_.made[t].statements;
            if (!plan_.created(t) && statements.empty()) continue;
            made_[t] = graph_.add(std::move(statements), 1, rank(object), position(object));
        }
    }

    static std::size_t root(const std::vector<Place>& chain, std::size_t i) {
        for (int steps = 0; chain[i] && steps < 8; ++steps) i = *chain[i];
        return i;
    }

    // Two that need each other, of which one comes first: a column calls its sequence, which goes with the column; an
    // extension holds its members.
    static bool is_ownership(const Snapshot& snapshot, std::uint32_t user, std::uint32_t used) {
        const auto& first = snapshot.objects[user];
        const auto& second = snapshot.objects[used];
        if (first.kind == Kind::extension) return second.find(aspect::member_of) != nullptr;
        return first.kind == Kind::sequence && (second.kind == Kind::column || second.kind == Kind::table);
    }

    void add_edges() {
        for (const auto& [user, used] : scene_.from.dependencies) {
            if (!is_ownership(scene_.from, user, used)) need_in_from(user, used);
        }
        for (const auto& [user, used] : scene_.to.dependencies) {
            if (!is_ownership(scene_.to, user, used)) need(made_[used], made_[user]);
        }
        std::map<std::pair<std::string_view, std::string_view>, std::vector<std::size_t>> names;
        for (std::size_t f = 0; f < gone_.size(); ++f) {
            const auto& object = scene_.from.objects[f];
            if (gone_[f] && (object.parent.empty() || object.kind == Kind::index))
                names[{object.schema, object.name}].push_back(*gone_[f]);
            stand_on_gone(f, object);
        }
        for (std::size_t t = 0; t < made_.size(); ++t) {
            const auto& object = scene_.to.objects[t];
            if (!made_[t]) continue;
            if (plan_.comes_with[t]) need(made_[*plan_.comes_with[t]], made_[t]);
            // A name is free when whoever had it is gone.
            const auto had = names.find({object.schema, object.name});
            if (plan_.created(t) && had != names.end()) {
                for (const auto node : had->second) graph_.before(node, *made_[t]);
            }
            if (const auto f = matching_.from_of[t]; f && gone_[*f]) graph_.before(*gone_[*f], *made_[t]);
            stand_on_made(t, object);
        }
    }

    void need(Place used, Place user) {
        if (used && user) graph_.before(*used, *user);
    }

    // While one thing hangs on another in `from`, it must be dropped or changed before the other is.
    void need_in_from(std::size_t user, std::size_t used) {
        const auto changed_user = plan_.from[user] == Fate::kept ? made_of(user) : gone_[user];
        if (gone_[used]) need(changed_user, gone_[used]);
        if (plan_.from[used] == Fate::kept && gone_[user]) need(gone_[user], made_of(used));
    }

    Place made_of(std::size_t f) const {
        const auto t = matching_.to_of[f];
        return t ? made_[*t] : std::nullopt;
    }

    void stand_on_gone(std::size_t f, const Object& object) {
        if (!gone_[f]) return;
        if (const auto* const on = ddl::parent(scene_.from, object)) need(gone_[f], gone_[index_of(scene_.from, on)]);
        if (const auto* const in = schema_of(scene_.from, object)) need(gone_[f], gone_[index_of(scene_.from, in)]);
    }

    void stand_on_made(std::size_t t, const Object& object) {
        if (const auto* const on = ddl::parent(scene_.to, object)) need(made_[index_of(scene_.to, on)], made_[t]);
        if (const auto* const in = schema_of(scene_.to, object)) need(made_[index_of(scene_.to, in)], made_[t]);
    }

    static const Object* schema_of(const Snapshot& snapshot, const Object& object) {
        const auto& name = object.schema.empty() && object.kind == Kind::extension ? object.get(aspect::schema)
                                                                                   : std::string_view{object.schema};
        return name.empty() ? nullptr : snapshot.find(Kind::schema, "", "", name);
    }

    static std::size_t index_of(const Snapshot& snapshot, const Object* object) {
        return static_cast<std::size_t>(object - snapshot.objects.data());
    }

    const Scene& scene_;
    const Matching& matching_;
    Plan plan_;
    Graph graph_;
    std::vector<Place> gone_;  // by the index in from: the node that drops it
    std::vector<Place> made_;  // by the index in to: the node that creates or changes it
};

}  // namespace

std::vector<std::string> ordered(const Scene& scene, const Matching& matching, Plan plan) {
    return Orderer{scene, matching, std::move(plan)}.run();
}

}  // namespace drydock::catalog::ddl
