using NetWhy.Names;
using NetWhy.Wire.Dns;

namespace NetWhy.Tests.Names.Validation;

/// <summary>As unbound's cache: in later steps of a scenario, not every server answers once more.</summary>
internal sealed class AnswersOfBefore(IRecordSource source) : IRecordSource
{
    private readonly Dictionary<(DomainName, DnsRecordType), FetchedMessage> _answers = [];

    public async Task<FetchedMessage> FetchAsync(DomainName name, DnsRecordType type, CancellationToken cancellationToken)
    {
        FetchedMessage message = await source.FetchAsync(name, type, cancellationToken);
        if (message.Failure is not null)
            return _answers.GetValueOrDefault((name, type), message);

        return _answers[(name, type)] = message;
    }
}
