#pragma once

#include "pryv_export/base/error.hpp"

#include <mongoc/mongoc.h>
#include <stdexcept>
#include <string>
#include <string_view>

namespace pryv_export::source {

/// A command that the server refused or that did not get through.
class mongo_failure : public std::runtime_error
{
public:
    explicit mongo_failure(const bson_error_t& error);
    /// A reply that is no reply.
    explicit mongo_failure(const std::string& cause);

    /// The same command may work in a moment: the network, a restart, a step-down, a cursor that died.
    bool is_transient() const noexcept { return transient_; }
    /// The name, the password or the way to log in is not taken.
    bool is_refused_login() const noexcept;
    /// The server's own code, 0 when it did not answer.
    int code() const noexcept { return code_; }
    /// For the operator; `thing` is the server and the collection.
    export_error explained(std::string_view thing) const;

private:
    std::string text() const { return what(); }

    int code_ = 0;
    bool transient_ = true;
    exit_status status_ = exit_status::unreachable;
    std::string hint_;
};

} // namespace pryv_export::source
