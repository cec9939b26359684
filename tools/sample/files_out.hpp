#pragma once

#include "expected.hpp"
#include "plan.hpp"

#include <filesystem>
#include <string_view>

namespace sample {

/// Writes a whole file, creating its folder. Throws naming the file.
void write_file(const std::filesystem::path& file, std::string_view bytes);

/// A user's folder under var-pryv, and where its attachments are: inside since
/// 1.9.0, in a flat tree of their own before.
std::filesystem::path user_folder(const deployment& plan, const user_plan& user);
std::filesystem::path attachments_folder(const deployment& plan, const user_plan& user);

/// Writes all attachments of a user that its events list.
void write_attachments(const deployment& plan, const user_plan& user, counters& counts);

/// Writes configs/api.yml: as shipped, without the keys that v1 takes from its defaults.
void write_config(const deployment& plan);

} // namespace sample
