#include "prove/keys.h"

#include <algorithm>
#include <system_error>

#include <fmt/format.h>

#include "base/files.h"
#include "base/hash.h"

namespace drydock::prove {
namespace {

using std::filesystem::path;

constexpr int kFormat = 2;     // of what is kept; a new number makes everything anew
constexpr int kGenerator = 1;  // of rollbacks; a new number makes anew what stands on those

// With its length before it, so that no two lists of parts run together to the same bytes.
void add(Sha256& hash, std::string_view part) {
    hash.update(fmt::format("{}:", part.size()));
    hash.update(part);
}

Result<std::string> file_hash(const path& file) {
    DRYDOCK_TRY(const auto mapped, MappedFile::open(file));
    return sha256_hex(mapped.text());
}

class Chain {
public:
    Chain(const migrate::Project& project, const ReplayOptions& options, std::map<std::string, path> data)
        : project_(project), options_(options), data_(std::move(data)) {}

    Result<std::string> start(std::string_view server) const {
        std::vector<std::string> parts{
            std::to_string(kFormat),
            std::string{server},
            options_.engine.role,
            options_.engine.search_path,
            options_.engine.project,
            options_.hooks ? "hooks" : ""
        };
        if (options_.hooks) DRYDOCK_TRY_VOID(hooks("before-run", parts));
        return key_of("start", parts);
    }

    // What applying it depends on.
    Result<std::string> state(const std::string& before, const layouts::Migration& migration) const {
        std::vector<std::string> parts{before, migration.id, migration.raw_hash};
        for (const auto& placeholder : migration.header.placeholders) {
            const auto value = options_.engine.placeholders ? options_.engine.placeholders(placeholder.text)
                                                            : std::optional<std::string>{};
            parts.push_back(fmt::format("{}={}", placeholder.text, value.value_or("")));
        }
        const auto data = data_.find(plain_number(migration.number));
        if (data != data_.end()) {
            DRYDOCK_TRY(const auto hash, file_hash(data->second));
            parts.push_back("data " + hash);
        }
        for (const auto* const when : {"before-", "after-"}) {
            if (options_.hooks) DRYDOCK_TRY_VOID(hooks(when + migration.id, parts));
        }
        return key_of("state", parts);
    }

    Result<std::string> proof(const std::string& state, const layouts::Migration& migration) const {
        std::vector<std::string> parts{state};
        for (const auto& file : {migration.rollback, migration.verify}) {
            auto hash = fmt::format("generator {}", kGenerator);
            if (file) {
                DRYDOCK_TRY(hash, file_hash(*file));
            }
            parts.push_back(std::move(hash));
        }
        return key_of("proof", parts);
    }

private:
    Result<> hooks(std::string_view when, std::vector<std::string>& parts) const {
        for (const auto& hook : project_.folder().hooks) {
            if (hook.when != when) continue;
            DRYDOCK_TRY(const auto hash, file_hash(hook.path));
            parts.push_back(fmt::format("{} {} {}", hook.when, hook.path.filename().string(), hash));
        }
        return {};
    }

    const migrate::Project& project_;
    const ReplayOptions& options_;
    std::map<std::string, path> data_;
};

}  // namespace

std::string key_of(std::string_view kind, const std::vector<std::string>& parts) {
    Sha256 hash;
    add(hash, kind);
    for (const auto& part : parts) add(hash, part);
    return hash.hex();
}

Result<Keys> keys_of(
    const migrate::Project& project,
    const std::vector<std::size_t>& chain,
    const ReplayOptions& options,
    std::string_view server
) {
    std::map<std::string, path> data;
    if (!options.data.empty()) {
        DRYDOCK_TRY(data, data_files(options.data));
    }
    const Chain links{project, options, std::move(data)};
    Keys keys;
    DRYDOCK_TRY(auto state, links.start(server));
    keys.states.push_back(state);
    for (const auto index : chain) {
        DRYDOCK_TRY(state, links.state(keys.states.back(), project.at(index)));
        DRYDOCK_TRY(auto proof, links.proof(state, project.at(index)));
        keys.states.push_back(state);
        keys.proofs.push_back(std::move(proof));
    }
    return keys;
}

std::string plain_number(std::string_view digits) {
    const auto first = std::min(digits.find_first_not_of('0'), digits.size());
    return std::string{digits.substr(first)};
}

Result<std::map<std::string, path>> data_files(const path& folder) {
    std::map<std::string, path> files;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator{folder, error}) {
        const auto name = entry.path().filename().string();
        const auto digits = name.substr(0, name.find_first_not_of("0123456789"));
        if (entry.path().extension() != ".sql" || digits.empty()) continue;
        const auto [at, fresh] = files.emplace(plain_number(digits), entry.path());
        if (fresh) continue;
        return Error{
            .code = ErrorCode::invalid_argument,
            .message = fmt::format("{} and {} have the same number", at->second.string(), entry.path().string()),
            .hint = "one data file a migration"
        };
    }
    if (error) return file_error("reading", folder, error.value());
    return files;
}

}  // namespace drydock::prove
