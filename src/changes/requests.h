#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>

#include "changes/files.h"
#include "jobs/context.h"
#include "jobs/queue.h"
#include "registry/registry.h"

// What the jobs of this module have in common: how they are made, and how they are read again.
namespace drydock::changes {

struct JobRequest {
    std::string_view kind{};
    std::string_view action{};  // in the audit trail: "migrations.requested"
    std::string database_id{};
    boost::json::object args{};
    const std::vector<File>& files;
    boost::json::object told{};     // details of the audit trail, besides the files
    std::string_view also_needs{};  // a permission beside that of the kind
};

// The job with its files, and the line of the audit trail, in one transaction; the job's id. conflict: one of that kind
// has not ended for this database.
Result<std::string> make_job(
    registry::Registry& registry,
    const jobs::Queue& queue,
    const control::Actor& actor,
    const JobRequest& request,
    const Limits& limits
);

// Arguments as they were put in; a text that is not there is empty.
Result<boost::json::object> args_of(const jobs::JobContext& context);
std::string text_of(const boost::json::object& args, std::string_view name);
std::vector<std::string> texts_of(const boost::json::object& args, std::string_view name);

// As whom people know the one who asked for the job; empty: nobody in person.
std::string requester_of(control::Store& store, const jobs::JobContext& context);

// What a job did, into the audit trail. What goes wrong with it is logged: the deed is done.
void note_end(
    control::Store& store,
    const jobs::JobContext& context,
    std::string_view action,
    std::string_view database,
    boost::json::object details,
    bool success
);

}  // namespace drydock::changes
