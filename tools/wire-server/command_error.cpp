#include "command_error.hpp"

#include <map>

namespace wire {

std::string code_name(int code)
{
    static const std::map<int, const char*> names{
        {1, "InternalError"},
        {2, "BadValue"},
        {6, "HostUnreachable"},
        {7, "HostNotFound"},
        {9, "FailedToParse"},
        {13, "Unauthorized"},
        {14, "TypeMismatch"},
        {18, "AuthenticationFailed"},
        {26, "NamespaceNotFound"},
        {43, "CursorNotFound"},
        {50, "MaxTimeMSExpired"},
        {59, "CommandNotFound"},
        {72, "InvalidOptions"},
        {89, "NetworkTimeout"},
        {91, "ShutdownInProgress"},
        {123, "NotAReplicaSet"},
        {133, "FailedToSatisfyReadPreference"},
        {168, "InvalidPipelineOperator"},
        {175, "QueryPlanKilled"},
        {189, "PrimarySteppedDown"},
        {237, "CursorKilled"},
        {239, "SnapshotTooOld"},
        {246, "SnapshotUnavailable"},
        {262, "ExceededTimeLimit"},
        {292, "QueryExceededMemoryLimitNoDiskUseAllowed"},
        {352, "UnsupportedOpQueryCommand"},
        {9001, "SocketException"},
        {10107, "NotWritablePrimary"},
        {11600, "InterruptedAtShutdown"},
        {11601, "Interrupted"},
        {11602, "InterruptedDueToReplStateChange"},
        {13388, "StaleConfig"},
        {13435, "NotPrimaryNoSecondaryOk"},
        {13436, "NotPrimaryOrSecondary"},
    };
    auto const found = names.find(code);
    return found != names.end() ? found->second : "Location" + std::to_string(code);
}

} // namespace wire
