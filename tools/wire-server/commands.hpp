#pragma once

#include "reply.hpp"
#include "service.hpp"

namespace wire {

/// Answers a command, with an error document if need be.
reply run_command(service& s, client& c, const request& r);

reply error_reply(const service& s, int code, const std::string& text, const std::string& name = {});

} // namespace wire
