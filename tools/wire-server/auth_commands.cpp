#include "command_error.hpp"
#include "command_handlers.hpp"

namespace wire {

namespace {

/// As binary, or as text in base64 (libmongoc's PLAIN).
std::string payload_of(bson_bytes command)
{
    auto const e = first(command, "payload");
    if (!e) return {};
    if (e->is_string()) return from_base64(e->text());
    if (e->type != bson_type::binary) return {};
    return {reinterpret_cast<const char*>(e->value.data()) + 5, e->value.size() - 5};
}

struct sasl_answer
{
    std::string payload;
    bool done = false;
};

void add(bson_writer& out, const sasl_answer& answer)
{
    out.int32("conversationId", 1).boolean("done", answer.done).binary("payload", answer.payload);
}

sasl_answer start(const service& s, client& c, bson_bytes command)
{
    auto const mechanism = text(first(command, "mechanism"));
    c.authenticated = false;
    c.conversation.reset();
    if (!s.known) throw command_error(codes::authentication_failed, "Authentication failed.");
    if (mechanism == "PLAIN") {
        if (!plain_matches(*s.known, payload_of(command)))
            throw command_error(codes::authentication_failed, "Authentication failed.");
        c.authenticated = true;
        return {"", true};
    }
    if (mechanism != "SCRAM-SHA-256")
        throw command_error(codes::bad_value, "Received authentication for mechanism " +
                                                  std::string(mechanism) + " which is not enabled");
    scram_conversation conversation(*s.known);
    auto const answer = conversation.start(payload_of(command));
    c.conversation.emplace(std::move(conversation));
    c.skip_empty_exchange = truth(first(nested(first(command, "options")), "skipEmptyExchange"), false);
    c.step = 1;
    return {answer, false};
}

sasl_answer proceed(client& c, bson_bytes command)
{
    if (!c.conversation) throw command_error(17, "No SASL session state found");
    if (c.step == 2) {
        c.conversation.reset();
        c.authenticated = true;
        return {"", true};
    }
    auto const answer = c.conversation->finish(payload_of(command));
    c.step = 2;
    if (!c.skip_empty_exchange) return {answer, false};
    c.conversation.reset();
    c.authenticated = true;
    return {answer, true};
}

} // namespace

reply sasl_start(service& s, client& c, const request& r)
{
    bson_writer out;
    add(out, start(s, c, r.body));
    return succeed(s, out);
}

reply sasl_continue(service& s, client& c, const request& r)
{
    bson_writer out;
    try {
        add(out, proceed(c, r.body));
    } catch (const command_error&) {
        c.conversation.reset();
        throw;
    }
    return succeed(s, out);
}

std::optional<bytes> speculative_sasl(const service& s, client& c, bson_bytes command)
{
    try {
        bson_writer out;
        add(out, start(s, c, command));
        return out.finish();
    } catch (const command_error&) {
        return std::nullopt;
    }
}

} // namespace wire
