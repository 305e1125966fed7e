#pragma once

#include <string>
#include <string_view>

namespace drydock::control {

// In whose name a transaction runs: row-level security judges by the first three, the audit trail keeps the rest.
struct Actor {
    std::string user_id{};          // empty: nobody yet
    std::string organization_id{};  // empty: none chosen
    std::string login{};            // the address somebody typed in: shows that one user, for a login
    std::string via{};              // what stands for the person: "session:<id>", "token:<id>", "job:<id>"
    std::string request_id{};
    std::string address{};  // of the peer

    // drydock itself, for work that nobody asked for in person; without an organization it sees which there are.
    static Actor system(std::string_view organization_id = {});
    bool is_system() const;

    // The same person elsewhere.
    Actor in(std::string_view organization) const {
        auto other = *this;
        other.organization_id = organization;
        return other;
    }
};

// platform.system_user_id()
inline constexpr std::string_view kSystemUser = "00000000-0000-4000-8000-000000000000";

// That of migration 004: the operator's own.
inline constexpr std::string_view kFirstOrganization = "00000000-0000-4000-8000-000000000001";

}  // namespace drydock::control
