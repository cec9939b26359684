#include "files_out.hpp"

#include "events.hpp"
#include "ids.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <string>

namespace sample {

void write_file(const std::filesystem::path& file, std::string_view bytes)
{
    std::filesystem::create_directories(file.parent_path());
    std::FILE* out = std::fopen(file.c_str(), "wb");
    const bool written = out != nullptr && std::fwrite(bytes.data(), 1, bytes.size(), out) == bytes.size();
    const bool closed = out != nullptr && std::fclose(out) == 0;
    if (!written || !closed) {
        throw std::runtime_error(fmt::format("cannot write {}: {}", file.string(), std::strerror(errno)));
    }
}

std::filesystem::path user_folder(const deployment& plan, const user_plan& user)
{
    return plan.opt.out / "var-pryv" / "users" / user_directory(user.id);
}

std::filesystem::path attachments_folder(const deployment& plan, const user_plan& user)
{
    if (plan.opt.version == v1_version::v1_8_1) return plan.opt.out / "var-pryv" / "attachments" / user.id;
    return user_folder(plan, user) / "attachments";
}

void write_attachments(const deployment& plan, const user_plan& user, counters& counts)
{
    const event_source source(plan, user);
    const auto folder = attachments_folder(plan, user);
    for (std::uint64_t j = 0; j < user.with_files; ++j) {
        for (const auto& file : source.files(source.event_with_files(j), false)) {
            const auto size = static_cast<std::uint64_t>(file.item.size);
            write_file(folder / file.event_id / file.item.id, file_bytes(file.key, size));
            ++counts[count::files];
            counts[count::file_bytes] += size;
        }
    }
}

void write_config(const deployment& plan)
{
    std::string text = R"(# Made by make-sample; the secrets are not secret.
dnsLess:
  publicUrl: https://sample.example.com

http:
  ip: 127.0.0.1
  port: 3000

auth:
  adminAccessKey: sample-admin-key
  filesReadTokenSecret: sample-files-secret
  trustedApps: "*@https://*.example.com*, *@https://localhost*"

service:
  serial: 2019061301
  name: Sample Pryv
  support: https://example.com/support
  terms: https://example.com/terms
  home: https://example.com
  eventTypes: https://api.pryv.com/event-types/flat.json

services:
  email:
    enabled:
      welcome: false
      resetPassword: false

versioning:
  deletionMode: keep-nothing
  forceKeepHistory: true

custom:
  systemStreams:
    account:
      - id: email
        name: Email
        type: email/string
        isIndexed: true
        isUnique: true
        isShown: true
        isEditable: true
        isRequiredInValidation: true
)";
    if (plan.opt.dirty) {
        text += R"(    other:
      - id: visits
        name: Visits
        type: visits/generic
        children:
          - id: visit-notes
            name: Visit notes
            type: note/txt
)";
    }
    if (plan.opt.mongo_index) {
        text += R"(
storageUserIndex:
  engine: mongodb
storageUserAccount:
  engine: mongodb
storagePlatform:
  engine: mongodb
)";
    }
    write_file(plan.opt.out / "configs" / "api.yml", text);
}

} // namespace sample
