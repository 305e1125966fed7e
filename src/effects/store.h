#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace drydock::effects {

using Id = std::uint32_t;
inline constexpr Id kNoId = ~Id{0};

// Things with a number and a name, of which copies are cheap: they share what was there when the first copy was taken
// and hold only what they changed since. Numbers stay the same when names change.
template <class T>
class Store {
public:
    // Before the first copy.
    Id fill(std::string key, T value) {
        const Id id = static_cast<Id>(base_->values.size());
        base_->values.push_back(std::move(value));
        base_->names.emplace(std::move(key), id);
        return id;
    }
    T& filled(Id id) { return base_->values[id]; }

    Id find(const std::string& key) const {
        if (const auto changed = names_.find(key); changed != names_.end()) return changed->second;
        const auto known = base_->names.find(key);
        return known == base_->names.end() ? kNoId : known->second;
    }
    const T& at(Id id) const {
        if (const auto changed = changed_.find(id); changed != changed_.end()) return *changed->second;
        return base_->values[id];
    }
    T& edit(Id id) {
        auto& value = changed_[id];
        if (value == nullptr) {
            value = std::make_shared<T>(base_->values[id]);
        } else if (value.use_count() > 1) {
            value = std::make_shared<T>(*value);
        }
        return *value;
    }
    Id add(const std::string& key, T value) {
        const Id id = size();
        changed_[id] = std::make_shared<T>(std::move(value));
        names_[key] = id;
        ++added_;
        return id;
    }
    void forget(const std::string& key) { names_[key] = kNoId; }
    void call(const std::string& key, Id id) { names_[key] = id; }
    Id size() const { return static_cast<Id>(base_->values.size()) + added_; }

private:
    struct Base {
        std::vector<T> values;
        std::unordered_map<std::string, Id> names;
    };
    std::shared_ptr<Base> base_ = std::make_shared<Base>();
    std::map<Id, std::shared_ptr<T>> changed_;
    std::map<std::string, Id> names_;  // kNoId: there no more
    Id added_ = 0;
};

}  // namespace drydock::effects
