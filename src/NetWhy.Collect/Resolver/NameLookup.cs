using System.Collections.Immutable;
using System.Net;
using NetWhy.Evidence;
using NetWhy.Names;
using NetWhy.Wire.Dns;

namespace NetWhy.Collect.Resolver;

/// <summary>Looks a name up as an application would, while every configured server is asked by itself.</summary>
/// <remarks>
/// All servers are asked at once; what an application would have waited for is computed from their answers, so that a
/// dead server costs netwhy less than it costs the application.
/// </remarks>
internal sealed class NameLookup
{
    private const int MaxCandidates = 8; // names of the search list that are really asked for

    // How long a server that the application does not need may take before it is left alone.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(0.3);

    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(0.45); // then ask whether the server is there at all

    // An answer to the first query that comes while glibc has asked again is taken: only who gives up knows that none comes.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestPatience = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(0.25);
    private static readonly TimeSpan VerySlow = TimeSpan.FromSeconds(1.5); // no cache miss takes so long
    private static readonly TimeSpan FollowUpPatience = TimeSpan.FromSeconds(1.5);

    private readonly ProbeContext _context;
    private readonly ResolverFiles _files;
    private readonly string _name;
    private readonly string _ascii;
    private readonly long _begin;
    private readonly Dictionary<(NameServer Server, string Name, string Type), Task<DnsReply>> _exchanges = [];
    private readonly Dictionary<string, TimeSpan> _started = [];
    private readonly List<Task> _reports = [];
    private readonly List<Task> _checks = [];
    private readonly Dictionary<NameServer, Task<bool>> _watched = [];
    private readonly Dictionary<NameServer, CancellationTokenSource> _waits = [];

    /// <summary>Prepares a lookup.</summary>
    /// <param name="context">Where observations go.</param>
    /// <param name="files">How this machine resolves names.</param>
    /// <param name="name">The name as the application has it.</param>
    internal NameLookup(ProbeContext context, ResolverFiles files, string name)
    {
        _context = context;
        _files = files;
        _name = name;
        _ascii = InternationalName.ToAscii(name) ?? name;
        _begin = context.Clock.GetTimestamp();
    }

    private TimeSpan Elapsed => _context.Clock.GetElapsedTime(_begin);

    private ResolverSettings Settings => _files.Settings;

    private ImmutableArray<string> TypeNames =>
        _context.Options.RecordType is { } type ? [type.Mnemonic] : ApplicationLookup.AddressTypes(Settings);

    /// <summary>Looks the name up and reports every exchange and the resolution.</summary>
    /// <param name="cancellationToken">Ends the investigation.</param>
    /// <returns>The resolution, as reported.</returns>
    internal async Task<NameResolution> RunAsync(CancellationToken cancellationToken)
    {
        if (!DnsName.IsValid(_ascii))
            return Report(NameSource.None, new LookupOutcome { Error = "EAI_NONAME" });

        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        ImmutableArray<string> candidates =
        [
            .. ApplicationLookup.Candidates(_ascii, Settings).Where(name => DnsName.IsValid(name)).Take(MaxCandidates),
        ];
        if (candidates.IsEmpty)
            return Report(NameSource.None, new LookupOutcome { Error = "EAI_NONAME" });

        NameResolution? beforeDns = ResolveBeforeDns();
        if (beforeDns is not null && IsLocalhost(_name))
            return beforeDns;

        LookupOutcome outcome = await LookUpDnsAsync(candidates, beforeDns is null, enough);
        if (outcome.FoundName is { } found && !IsAsIs(found))
            await WaitForAsync(_exchanges.Where(pair => IsAsIs(pair.Key.Name)).Select(pair => pair.Value), cancellationToken);

        NameResolution resolution = beforeDns ?? Report(NameSource.Dns, outcome);
        FollowUp(outcome, enough.Token);
        if (Settings.Options.Rotate)
            await Task.WhenAll(_exchanges.Values); // each server is the first one some time
        else
            await WaitForAsync(_exchanges.Values, cancellationToken);

        await FinishAsync(enough);
        return resolution;
    }

    // What nsswitch.conf puts before DNS, or instead of it.
    private NameResolution? ResolveBeforeDns()
    {
        if (_context.Options.RecordType is not null)
            return null; // only DNS has anything but addresses

        foreach (NameService service in _files.Order.Sources)
        {
            switch (service.Name)
            {
                case "files" when _files.Hosts.Find(_name).ToArray() is { Length: > 0 } entries:
                    return Report(NameSource.HostsFile, new LookupOutcome
                    {
                        Addresses = [.. entries.Select(entry => entry.Address)],
                        CanonicalName = entries[0].Names[0],
                    });
                case "files" when service.EndsOn("NOTFOUND"):
                    return Report(NameSource.None, new LookupOutcome { Error = "EAI_NONAME" });
                case "myhostname" when IsLocalhost(_name):
                    return Report(NameSource.HostsFile, new LookupOutcome
                    {
                        Addresses = [IPAddress.IPv6Loopback, IPAddress.Loopback],
                        CanonicalName = "localhost",
                    });
                case "mdns4_minimal" or "mdns_minimal" or "mdns6_minimal"
                    when _name.TrimEnd('.').EndsWith(".local", StringComparison.OrdinalIgnoreCase)
                    && service.EndsOn("NOTFOUND"):
                    return Report(NameSource.None, new LookupOutcome { Error = "EAI_NONAME" });
                case "dns":
                case "resolve" when File.Exists("/run/systemd/resolve/io.systemd.Resolve"):
                    return null;
            }
        }

        return Report(NameSource.None, new LookupOutcome { Error = "EAI_NONAME" });
    }

    private bool IsAsIs(string candidate) =>
        candidate.AsSpan().TrimEnd('.').Equals(_ascii.AsSpan().TrimEnd('.'), StringComparison.OrdinalIgnoreCase);

    private static bool IsLocalhost(string name)
    {
        string bare = name.TrimEnd('.');
        return bare.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || bare.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase);
    }

    private async Task<LookupOutcome> LookUpDnsAsync(
        ImmutableArray<string> candidates, bool isAwaited, CancellationTokenSource enough)
    {
        // A name that is tried as it is usually needs no other; one that goes through the search list needs them all.
        ImmutableArray<string> asked = IsAsIs(candidates[0]) ? [candidates[0]] : candidates;
        Start(asked, enough.Token);

        var lookup = new ApplicationLookup(Settings, TypeNames, Find);
        bool saidSomething = !isAwaited;
        while (true)
        {
            LookupOutcome? outcome = lookup.Replay(asked);
            if (outcome is { Error: not null, IsFinal: false } && asked.Length < candidates.Length)
            {
                asked = candidates;
                Start(asked, enough.Token);
                continue;
            }

            if (outcome is not null)
                return outcome;
            if (!isAwaited && Elapsed >= Grace)
                return new LookupOutcome { Error = "EAI_AGAIN" };

            if (!saidSomething && Elapsed >= Grace && SkipSilent(asked) is { Error: null } other)
            {
                saidSomething = true;
                Report(NameSource.Dns, other, isProvisional: true);
            }

            WatchSilentServers(enough.Token);
            await WaitForNewsAsync(enough.Token);
        }
    }

    // What the lookup comes to if nothing more arrives.
    private LookupOutcome? SkipSilent(ImmutableArray<string> asked) => new ApplicationLookup(
        Settings,
        TypeNames,
        (server, name, type) => Find(server, name, type) with { Waited = TimeSpan.MaxValue }).Replay(asked);

    private void Start(ImmutableArray<string> names, CancellationToken enough)
    {
        DnsRecordType[] types = _context.Options.RecordType is { } type ? [type]
            : Settings.Options.NoAaaa ? [DnsRecordType.A]
            : [DnsRecordType.A, DnsRecordType.AAAA];
        var options = new DnsQuestionOptions
        {
            UseTcp = Settings.Options.UseTcp,
            UseEdns = Settings.Options.Edns,
            Patience = TimeSpan.FromTicks(Math.Clamp((Settings.Options.Timeout * Settings.Options.Attempts).Ticks, Patience.Ticks, LongestPatience.Ticks)),
        };
        foreach (string name in names.Where(name => _started.TryAdd(name, Elapsed)))
        {
            foreach (NameServer server in Settings.Servers.Distinct())
            {
                Task<DnsReply>[] replies = DnsQuestions.Ask(
                    ServerAddress.Of(server), name, types, options, _context.Clock, WaitFor(server, enough));
                for (int i = 0; i < types.Length; i++)
                {
                    _exchanges[(server, name, types[i].Mnemonic)] = replies[i];
                    _reports.Add(ReportAsync(replies[i]));
                }
            }
        }
    }

    private CancellationToken WaitFor(NameServer server, CancellationToken enough)
    {
        if (!_waits.TryGetValue(server, out CancellationTokenSource? wait))
            _waits.Add(server, wait = CancellationTokenSource.CreateLinkedTokenSource(enough));
        return wait.Token;
    }

    private async Task ReportAsync(Task<DnsReply> reply) => _context.Report((await reply).Exchange);

    private KnownExchange Find(NameServer server, string name, string type)
    {
        if (_exchanges.TryGetValue((server, name, type), out Task<DnsReply>? reply) && reply.IsCompleted)
        {
            DnsExchange exchange = reply.GetAwaiter().GetResult().Exchange;
            return new KnownExchange(exchange, exchange.Elapsed);
        }

        return new KnownExchange(null, Elapsed - _started[name]);
    }

    private void WatchSilentServers(CancellationToken enough)
    {
        if (Elapsed < Silence)
            return;

        foreach (NameServer server in Settings.Servers)
        {
            bool isSilent = _exchanges.Where(pair => pair.Key.Server == server).All(pair => !pair.Value.IsCompleted);
            if (isSilent && !_watched.ContainsKey(server))
            {
                Task<bool> check = ResolverReach.CheckAsync(_context, ServerAddress.Of(server), enough);
                _watched.Add(server, check);
                _checks.Add(check);
            }
        }

        // Whoever asks a dead server waits no longer for it than its first question takes.
        foreach ((NameServer server, CancellationTokenSource wait) in _waits)
        {
            bool mayAnswer = _watched.TryGetValue(server, out Task<bool>? check) && (!check.IsCompletedSuccessfully || check.Result);
            bool isOver = _exchanges.Keys.Where(key => key.Server == server).All(key => Elapsed - _started[key.Name] >= Patience);
            if (isOver && !mayAnswer)
                wait.Cancel();
        }
    }

    // A server's turn may end by the clock alone, so there is news at least ten times a second.
    private async Task WaitForNewsAsync(CancellationToken enough)
    {
        Task[] open = [.. _exchanges.Values.Where(reply => !reply.IsCompleted)];
        Task tick = Task.Delay(TimeSpan.FromSeconds(0.1), _context.Clock, enough);
        await Task.WhenAny([.. open, tick]);
        enough.ThrowIfCancellationRequested();
    }

    // Was a slow answer slow by chance, or because it was not cached? Does the search domain have just any name?
    private void FollowUp(LookupOutcome outcome, CancellationToken enough)
    {
        var options = new DnsQuestionOptions
        {
            UseTcp = Settings.Options.UseTcp,
            UseEdns = Settings.Options.Edns,
            Patience = FollowUpPatience,
        };
        KeyValuePair<(NameServer Server, string Name, string Type), Task<DnsReply>> slow = _exchanges.FirstOrDefault(
            pair => ServerAddress.Of(pair.Key.Server).Equals(outcome.AnsweredBy)
                && outcome.Tried.LastOrDefault() == pair.Key.Name
                && pair.Value.IsCompletedSuccessfully
                && pair.Value.Result.Exchange.ResponseTime is { } time
                && time >= Slow
                && time < VerySlow);
        if (slow.Value is not null)
            _checks.Add(AskAsync(slow.Key.Server, slow.Key.Name, options with { Purpose = "repeat" }, enough));

        // Why there is no address, servers say only to those who ask with EDNS.
        if (!options.UseEdns && outcome is { Error: "EAI_NONAME" or "EAI_NODATA", Tried: [.., var last], AnsweredBy: { } denier })
            _checks.Add(NameTrial.AskAsync(_context, denier, last, DnsRecordType.A, options with { UseEdns = true, Purpose = "reason" }, enough));

        if (outcome.FoundName is { } found && !IsAsIs(found) && _ascii.Contains('.'))
        {
            NameServer asked = Settings.Servers.First(server => ServerAddress.Of(server).Equals(outcome.AnsweredBy));
            string control = $"nw{Guid.NewGuid():N}{found[_ascii.Length..]}";
            if (DnsName.IsValid(control))
                _checks.Add(AskAsync(asked, control, options with { Purpose = "control" }, enough));
        }
    }

    private Task<DnsReply> AskAsync(NameServer server, string name, DnsQuestionOptions options, CancellationToken enough) =>
        NameTrial.AskAsync(_context, ServerAddress.Of(server), name, DnsRecordType.A, options, enough);

    // What the application does not need is compared, but not waited for long.
    private async Task WaitForAsync(IEnumerable<Task> exchanges, CancellationToken cancellationToken)
    {
        TimeSpan left = Grace - Elapsed;
        if (left > TimeSpan.Zero)
            await Task.WhenAny(Task.WhenAll(exchanges), Task.Delay(left, _context.Clock, cancellationToken));
    }

    private async Task FinishAsync(CancellationTokenSource enough)
    {
        await Task.WhenAll(_checks); // a server that was silent for long: was it there at all?
        if (_exchanges.Values.Any(reply => !reply.IsCompleted))
            await enough.CancelAsync();
        await Task.WhenAll(_reports);
        foreach (CancellationTokenSource wait in _waits.Values)
            wait.Dispose();
    }

    private NameResolution Report(NameSource source, LookupOutcome outcome, bool isProvisional = false)
    {
        bool isLengthened = outcome.FoundName is { } found && !IsAsIs(found);
        return _context.Report(new NameResolution(
            _name,
            outcome.Error is null ? source : NameSource.None,
            AddressOrder.Sort(outcome.Addresses, LocalAddresses.FindSource),
            outcome.Elapsed,
            outcome.Queries)
        {
            CanonicalName = outcome.CanonicalName?.TrimEnd('.'),
            Records = outcome.Records.Count > 0 ? outcome.Records : null,
            Tried = outcome.Tried,
            AnsweredBy = outcome.AnsweredBy,
            Error = outcome.Error,
            IsProvisional = isProvisional,
            AbsoluteAddresses = isLengthened ? AddressesAsIs() : [],
        });
    }

    private ImmutableArray<IPAddress> AddressesAsIs() =>
    [
        .. _exchanges.Where(pair => IsAsIs(pair.Key.Name) && pair.Value.IsCompletedSuccessfully)
            .SelectMany(pair => pair.Value.Result.Exchange.Addresses)
            .Distinct(),
    ];
}
