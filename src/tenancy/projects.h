#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "control/store.h"

namespace drydock::tenancy {

struct Project {
    std::string id;
    std::string slug;
    std::string name;
    std::string description;
    std::string status;  // active, archived
    std::int64_t databases = 0;
    std::string created_at;
    std::string updated_at;
    std::string version;  // another one after each change
};

struct NewProject {
    std::string slug;
    std::string name;
    std::string description{};
};

// What is to be another; what is not given stays.
struct ProjectChange {
    std::optional<std::string> name{};
    std::optional<std::string> description{};
    std::optional<std::string> status{};
};

struct ProjectFilter {
    std::optional<std::string> status{};
    std::string after{};  // the slug of the last one seen
    int most = 50;
};

// In the order of their slugs.
Result<std::vector<Project>> list_projects(
    control::Store& store, const control::Actor& actor, const ProjectFilter& filter, const Limits& limits
);
Result<Project> get_project(
    control::Store& store, const control::Actor& actor, const std::string& id, const Limits& limits
);
// By its slug, for people and files.
Result<Project> find_project(
    control::Store& store, const control::Actor& actor, const std::string& slug, const Limits& limits
);
// conflict: the slug is taken.
Result<Project> create_project(
    control::Store& store, const control::Actor& actor, const NewProject& project, const Limits& limits
);
// `seen` is the version that the caller saw; "*": whatever it is. conflict: it has another one by now.
Result<Project> change_project(
    control::Store& store,
    const control::Actor& actor,
    const std::string& id,
    const ProjectChange& change,
    const std::string& seen,
    const Limits& limits
);
// conflict: something belongs to it still, which the message names.
Result<> delete_project(
    control::Store& store,
    const control::Actor& actor,
    const std::string& id,
    const std::string& seen,
    const Limits& limits
);

}  // namespace drydock::tenancy
