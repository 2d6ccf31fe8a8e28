using NetWhy.Linux;
using NetWhy.Wire.Dns;

namespace NetWhy.Names;

/// <summary>A message that was fetched and can be read.</summary>
/// <param name="Sets">What is in it.</param>
/// <param name="Server">Who sent it.</param>
internal sealed record Fetched(ResponseSets Sets, string Server)
{
    /// <summary>Reads what was fetched.</summary>
    /// <returns>The message, and what makes it useless; each may be null.</returns>
    internal static (Fetched? Fetched, ValidationProblem? Problem) Read(FetchedMessage message, DomainName name, DnsRecordType type)
    {
        var about = new ValidationProblem(ValidationReason.NoAnswer, name, type) { Server = message.Server, Detail = message.Failure ?? "" };
        if (message.Failure is not null)
            return (null, about);
        if (ResponseSets.Read(message.Octets.Span) is not { } sets)
            return (null, about with { Reason = ValidationReason.BrokenMessage });

        var fetched = new Fetched(sets, message.Server);
        if (!sets.IsComplete)
            return (fetched, about with { Reason = ValidationReason.BrokenMessage });

        return sets.ResponseCode is DnsResponseCode.NoError or DnsResponseCode.NameNotFound or DnsResponseCode.NameExists
            ? (fetched, null)
            : (fetched, about with { Reason = ValidationReason.ServerError, Detail = DescribeError(sets) });
    }

    private static string DescribeError(ResponseSets sets)
    {
        string text = sets.ExtendedErrorText.Length == 0 ? "" : $": {Printable.Of(sets.ExtendedErrorText, isUtf8: true)}";
        return sets.ExtendedError is { } error ? $"{sets.ResponseCode.Mnemonic}, {error.Mnemonic}{text}" : sets.ResponseCode.Mnemonic;
    }
}
