using System.Buffers;
using NetWhy.Wire.Dns;

namespace NetWhy.Names;

/// <summary>The validation of one question: follows aliases, and judges every set of the answer or its denial.</summary>
internal sealed class ValidationRun
{
    private const int MostAliases = 16; // as resolvers follow

    private readonly RememberingSource _source;
    private readonly ZoneTrusts _trusts;
    private readonly ValidatorOptions _options;
    private readonly List<ValidatedSet> _answer = [];
    private readonly List<ValidatedSet> _denial = [];
    private ValidationStatus _status = ValidationStatus.Secure;
    private ValidationProblem? _problem;
    private DnsResponseCode _code = DnsResponseCode.ServerFailure;

    internal ValidationRun(RememberingSource source, TrustAnchors anchors, long now, ValidatorOptions options)
    {
        _source = source;
        _options = options;
        _trusts = new ZoneTrusts(source, anchors, new SignatureVerifier(options.Algorithms, now, options.MostChecks), options);
    }

    internal async Task<Validation> RunAsync(DomainName name, DnsRecordType type)
    {
        if (_options.AsksAhead)
            _trusts.AskAhead(name);

        bool isNegative = await FollowAsync(name, type);
        return new Validation(name, type, _status, _code)
        {
            Problem = _problem,
            Answer = _answer,
            Denial = _denial,
            Chain = Chain,
            Questions = _source.Asked,
            IsNegative = isNegative,
        };
    }

    // The problem may be one of a link that never was, such as a signature.
    private IReadOnlyList<ValidationLink> Chain => _problem is null || _trusts.Links.Any(link => link.Problem == _problem)
        ? _trusts.Links
        : [.. _trusts.Links, new ValidationLink(_problem.Owner, _problem.Type, _problem.Status)
        {
            Zone = _problem.Zone,
            KeyTag = _problem.KeyTag,
            Algorithm = _problem.Algorithm,
            Server = _problem.Server,
            Problem = _problem,
        }];

    // Whether what was asked for does not exist.
    private async Task<bool> FollowAsync(DomainName name, DnsRecordType type)
    {
        HashSet<DomainName> seen = [];
        Fetched? from = null;
        DomainName current = name;
        while (true)
        {
            if (!seen.Add(current) || seen.Count > MostAliases)
            {
                Take(new ValidationProblem(ValidationReason.AliasLoop, current, type)
                {
                    Detail = seen.Count > MostAliases ? $"more than {MostAliases} of them" : "they lead in a circle",
                });
                return false;
            }

            // What an alias leads to is often in the same answer; what is not is asked for.
            if (from is null || (from.Sets.Find(current, type) is null && from.Sets.FindAlias(current, type) is null))
                from = await FetchAsync(current, type);
            if (from is null)
                return false;

            RecordSet[] found = type is DnsRecordType.ANY
                ? [.. from.Sets.Answer.Where(set => set.Owner.Equals(current))]
                : from.Sets.Find(current, type) is { } one ? [one] : [];
            foreach (RecordSet set in found)
                await TakeSetAsync(set, from);
            if (found.Length > 0)
                return false;

            if (from.Sets.FindAlias(current, type) is not { } alias)
                return await TakeDenialAsync(current, type, from);

            await TakeSetAsync(alias, from);
            if (Target(alias, current) is not { } target)
            {
                if (from.Sets.ResponseCode is not DnsResponseCode.NameExists) // what a name that is too long is answered with
                    Take(new ValidationProblem(ValidationReason.AliasLoop, current, alias.Type) { Server = from.Server });
                return false;
            }

            if (alias.Type is DnsRecordType.DNAME && from.Sets.Find(current, DnsRecordType.CNAME) is { } made
                && !(Target(made, current) is { } other && other.Equals(target)))
            {
                Take(new ValidationProblem(ValidationReason.AliasBroken, current, DnsRecordType.CNAME)
                {
                    Server = from.Server,
                    Detail = $"{alias.Owner} DNAME",
                });
                return false;
            }

            current = target;
        }
    }

    private async Task<Fetched?> FetchAsync(DomainName name, DnsRecordType type)
    {
        (Fetched? fetched, ValidationProblem? problem) = Fetched.Read(await _source.FetchAsync(name, type), name, type);
        if (problem is not null)
            Take(problem);
        if (fetched is not null)
            _code = fetched.Sets.ResponseCode;
        return problem is null ? fetched : null;
    }

    private async Task TakeSetAsync(RecordSet set, Fetched from)
    {
        Judgement judgement = await _trusts.JudgeSetAsync(set, from);
        _answer.Add(new ValidatedSet(set, judgement.Status));
        Take(judgement.Problem);
    }

    private async Task<bool> TakeDenialAsync(DomainName name, DnsRecordType type, Fetched from)
    {
        NegativeJudgement judgement = await _trusts.JudgeDenialAsync(name, type, from);
        _denial.AddRange(judgement.Sets);
        if (judgement.Kind is DenialKind.NoData)
            _code = DnsResponseCode.NoError; // whatever the server says: see DenialProof
        Take(judgement.Problem);
        return true;
    }

    private void Take(ValidationProblem? problem)
    {
        // The first of the worst; that no anchor is above a name tells least.
        bool isWorse = problem is not null && (_problem is null || problem.Status > _status
            || (problem.Status == _status && _problem.Reason is ValidationReason.NoTrustAnchor));
        if (problem is null || !isWorse)
            return;

        _problem = problem;
        _status = problem.Status;
    }

    private static DomainName? Target(RecordSet alias, DomainName name)
    {
        if (alias.Data.Count != 1 || alias.View(0).ReadName(out DnsName read) is not OperationStatus.Done)
            return null;

        DomainName target = DomainName.From(read);
        if (alias.Type is DnsRecordType.CNAME)
            return target;

        ReadOnlySpan<byte> prefix = name.Octets[..(name.Octets.Length - alias.Owner.Octets.Length)];
        return DomainName.TryRead([.. prefix, .. target.Octets], out DomainName made) ? made : null;
    }
}
