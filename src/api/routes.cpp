#include "api/routes.h"

#include <iterator>

namespace drydock::api {

std::vector<http::Route> routes(const Services& services) {
    std::vector<http::Route> all;
    for (auto* const part :
         {operation_routes,
          session_routes,
          sign_in_routes,
          account_routes,
          provider_routes,
          token_routes,
          organization_routes,
          project_routes,
          database_routes,
          database_fact_routes,
          credential_routes,
          audit_routes,
          member_routes,
          job_routes,
          change_routes,
          key_routes,
          health_routes,
          billing_routes,
          event_routes}) {
        auto routes = part(services);
        all.insert(all.end(), std::make_move_iterator(routes.begin()), std::make_move_iterator(routes.end()));
    }
    return all;
}

http::ApiInfo info(const std::string& version) {
    return {
        .title = "drydock",
        .version = version,
        .description = "The control plane for your databases.",
        .license = "Apache-2.0",
        .tags =
            {
                {"account", "What concerns oneself."},
                {"audit", "Who did what, and whether the record of it is whole."},
                {"billing", "Plans, payment methods and invoices."},
                {"credentials", "Secrets of a project: stored, replaced and used, never shown."},
                {"databases", "The registry of databases: where they are, whether they answer."},
                {"events", "What happens, as it happens."},
                {"health", "What the checks of registered databases found."},
                {"jobs", "Work in the background, and its schedules."},
                {"keys", "The keys that seal secrets, and their rotation."},
                {"members", "Who belongs to an organization, and in which role."},
                {"migrations", "Migrations of the registered databases: seen, planned, applied, taken back."},
                {"operations", "What the server tells of itself."},
                {"organizations", "Tenants: nothing of one is ever visible to another."},
                {"projects", "What an organization works on."},
                {"schedules", "When which job runs."},
                {"sessions", "Signing in and out."},
                {"tokens", "API tokens, and users who are no person."},
                {"validations", "Checks of the registered databases, and what they found."},
            },
    };
}

}  // namespace drydock::api
