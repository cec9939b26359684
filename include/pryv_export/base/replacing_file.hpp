#pragma once

#include "pryv_export/base/file.hpp"

#include <filesystem>
#include <string_view>

namespace pryv_export {

/// A file of mode 0600 that takes the place of an older one when it is complete, and leaves it alone when it
/// is not. Until then it is "<path>.new". Blocking; one thread at a time.
class replacing_file
{
public:
    /// Throws export_error{cannot_create} naming `path`.
    explicit replacing_file(std::filesystem::path path);
    replacing_file(const replacing_file&) = delete;
    replacing_file& operator=(const replacing_file&) = delete;
    ~replacing_file();

    /// Throws export_error naming the path, as commit() does.
    void write(std::string_view text);
    /// Makes it durable and puts it in place. Last.
    void commit();

private:
    std::filesystem::path path_;
    std::filesystem::path beside_;
    unique_fd fd_;
    bool in_place_ = false;
};

} // namespace pryv_export
