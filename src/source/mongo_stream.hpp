#pragma once

#include <mongoc/mongoc.h>

namespace pryv_export::source {

/// For mongoc_client_set_stream_initiator(): connects to `host`, with TLS when the URI asks for it, and lets
/// only messages with a sound frame through. libmongoc 1.23 reads past its buffers on others; here they end
/// the connection with an error. A read gives up when `stop` (a const std::atomic<bool>*, or null) is set.
mongoc_stream_t* open_checked_stream(const mongoc_uri_t* uri, const mongoc_host_list_t* host, void* stop,
                                     bson_error_t* error);

/// While it lives, commands of this thread may take an hour: a server that counts all documents of a
/// collection says nothing until it has them.
class patient_commands
{
public:
    patient_commands();
    ~patient_commands();
    patient_commands(const patient_commands&) = delete;
    patient_commands& operator=(const patient_commands&) = delete;
};

} // namespace pryv_export::source
