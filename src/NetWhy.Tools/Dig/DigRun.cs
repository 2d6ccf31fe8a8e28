using System.Globalization;
using System.Net;
using System.Net.Sockets;
using NetWhy.Linux;
using NetWhy.Names;
using NetWhy.Wire.Dns;

namespace NetWhy.Tools.Dig;

/// <summary>Carries lookups out, one after the other.</summary>
/// <param name="settings">What holds for all.</param>
/// <param name="console">Where to print.</param>
/// <param name="wait">What to wait by.</param>
/// <param name="key">Signs queries; null for none.</param>
internal sealed class DigRun(DigSettings settings, DigConsole console, DigWait wait, TransactionKey? key) : IDisposable
{
    private const int MostLookups = 64; // that may follow from one
    private const int NoAnswer = 9; // exit code
    private const int DatagramSeconds = 5, StreamSeconds = 10;

    private readonly DigSurvey? _survey = settings.AsksAllServers ? new DigSurvey(settings, console, wait) : null;
    private DigStream? _kept;
    private DigServer? _keptServer;
    private int _keptPort;
    private int _followed;

    /// <summary>Validates answers; null if nobody wants that.</summary>
    internal DigValidation? Validation { get; } = settings.Validates ? new DigValidation(settings, console, wait) : null;

    /// <summary>Carries out what stands in the list, and what follows from it.</summary>
    /// <exception cref="DigExit">It ends the process.</exception>
    internal void RunAll()
    {
        try
        {
            while (settings.Lookups.First is { } next)
            {
                if (next.Value.IsFirstOfTrace)
                    _survey?.Finish();
                settings.Lookups.RemoveFirst();
                Run(next.Value);
            }
        }
        finally
        {
            _survey?.Finish(); // most of all where the trace could not go on
            console.Flush();
        }
    }

    /// <summary>Notes where a trace begins.</summary>
    /// <param name="lookup">Its first lookup at the servers of the root.</param>
    internal void BeginTrace(DigLookup lookup)
    {
        Validation?.BeginTrace(lookup.Servers, PortOf(lookup));
        _survey?.Begin(lookup, PortOf(lookup));
    }

    /// <summary>Does a lookup again, before all others.</summary>
    /// <param name="lookup">The lookup.</param>
    /// <param name="withServers">Whether the same servers are asked.</param>
    /// <returns>The lookup that is done.</returns>
    /// <exception cref="DigExit">There were too many.</exception>
    internal DigLookup Requeue(DigLookup lookup, bool withServers = true)
    {
        if (++_followed > MostLookups)
            throw new DigExit(settings.ExitCode == 0 ? 1 : settings.ExitCode, "too many lookups");
        DigLookup again = lookup.Clone(withServers);
        settings.Lookups.AddFirst(again);
        return again;
    }

    /// <summary>Goes on in the search list.</summary>
    /// <param name="lookup">The lookup that failed.</param>
    /// <returns>Whether there is more to try.</returns>
    internal bool TryNextOrigin(DigLookup lookup)
    {
        if (!settings.UsesSearch || DigSearch.IsAbsolute(lookup.Name, settings.Dots) || (lookup.Origin < 0 && !lookup.NeedsSearch))
            return false;
        if (lookup.Origin < 0)
        {
            DigLookup first = Requeue(lookup);
            first.Origin = settings.Search.Count > 0 ? 0 : -1;
            first.NeedsSearch = false;
            return true;
        }

        bool isLast = lookup.Origin + 1 >= settings.Search.Count;
        if (isLast && lookup.IsDoneAsIs)
            return false;
        Requeue(lookup).Origin = isLast ? -1 : lookup.Origin + 1;
        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => _kept?.Dispose();

    private void Run(DigLookup lookup)
    {
        if (lookup.IsNewSearch)
            _followed = 0;
        if (lookup.Servers.Count == 0)
            lookup.Servers.AddRange(settings.Servers);
        DigSearch.Begin(lookup, settings);
        if ((lookup.IsTrace || lookup.IsAuthoritySearch) && !lookup.IsFirstOfTrace)
            lookup.Set(DnsFlags.RecursionDesired, false);
        if (lookup is { IsTrace: true, IsFirstOfTrace: true })
            (lookup.TracedType, lookup.Type) = (lookup.Type, DnsRecordType.NS);
        if (lookup.Type is DnsRecordType.AXFR)
            lookup.UsesTcp = true;
        lookup.IsTransfer = lookup.Type is DnsRecordType.AXFR || (lookup.Type is DnsRecordType.IXFR && lookup.UsesTcp);
        DigQuery? query = DigQuery.Create(lookup, settings, key);
        if (query is null)
        {
            _ = TryNextOrigin(lookup);
            return;
        }

        const int LargestDatagram = 512; // octets of a query
        if (query.Message.Length > LargestDatagram)
            lookup.UsesTcp = true;
        if (lookup is { IsAuthoritySearch: true, IsFirstOfTrace: false })
            AskAuthorities(lookup, query);
        else if (lookup.UsesTcp)
            AskByStream(lookup, query);
        else
            AskByDatagram(lookup, query);
    }

    private TimeSpan Patience(int otherwise) => TimeSpan.FromSeconds(settings.Timeout > 0 ? settings.Timeout : otherwise);

    private int PortOf(DigLookup lookup)
    {
        const int Dns = 53, Tls = 853, Https = 443, Http = 80;
        return settings.Port ?? (!lookup.UsesTcp ? Dns : lookup.IsTls ? Tls : !lookup.UsesHttps ? Dns : lookup.IsHttpPlain ? Http : Https);
    }

    private DigExchange Begin(DigLookup lookup, DigQuery query, DigServer server) => new(lookup, query, server, PortOf(lookup))
    {
        HasUnusedKey = key is null && settings.KeySecret.Length > 0,
        LocalAddress = settings.Source ?? (server.Address.AddressFamily is AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any),
        LocalPort = settings.SourcePort,
    };

    // Gives false if the server must be passed over.
    private bool IsUsable(DigServer server)
    {
        if (!server.Address.IsIPv4MappedToIPv6)
            return true;
        console.Warn($"Skipping mapped address '{server.Text}'");
        return false;
    }

    private void AskByDatagram(DigLookup lookup, DigQuery query)
    {
        for (int at = 0; at < lookup.Servers.Count;)
        {
            DigServer server = lookup.Servers[at];
            if (!IsUsable(server))
            {
                if (++at == lookup.Servers.Count)
                    console.Warn("No acceptable nameservers");
                continue;
            }

            DigExchange exchange = Begin(lookup, query, server);
            Errno errno = DigDatagrams.Send(exchange, settings, wait, out DigDatagrams? datagrams);
            if (datagrams is null)
            {
                console.Warn($"UDP setup with {exchange.Where}({server.Text}) for {lookup.Name} failed: {DigFailure.Of(errno)}.");
                if (!TryAfterSetup(lookup, ref at))
                    return;
                continue;
            }

            using (datagrams)
            {
                settings.Reach();
                ShowQuery(exchange);
                switch (ReadDatagrams(exchange, datagrams))
                {
                    case DigStep.Done:
                        return;
                    case DigStep.NextServer:
                        at++;
                        break;
                    case DigStep.Failed when lookup.Tries > 1:
                        lookup.Tries--;
                        break;
                    case DigStep.Failed:
                        if (++at == lookup.Servers.Count)
                            GiveUp(lookup);
                        break;
                }
            }
        }
    }

    private DigStep ReadDatagrams(DigExchange exchange, DigDatagrams datagrams)
    {
        console.Flush();
        var answer = new DigAnswer(this, settings, console, exchange, key);
        while (true)
        {
            if (datagrams.Receive(Patience(DatagramSeconds), console, out byte[]? message) is { } failure)
            {
                console.Warn($"communications error to {exchange.Where}: {failure}");
                console.Explain($"{exchange.Where} did not answer within {exchange.Elapsed.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture)} s ({failure})");
                return DigStep.Failed;
            }

            DigStep step = answer.Take(message!);
            if (step is not DigStep.GoOn)
                return step;
        }
    }

    // Of a socket that could not be opened or a connection that does not stand. Gives whether the next server is to be asked.
    private bool TryAfterSetup(DigLookup lookup, ref int at)
    {
        settings.Fail(NoAnswer);
        if (lookup.Tries > 1)
        {
            lookup.Tries--;
            Requeue(lookup);
        }
        else if (at + 1 < lookup.Servers.Count)
        {
            at++;
            return true;
        }

        console.Fail("no servers could be reached");
        return false;
    }

    private void GiveUp(DigLookup lookup)
    {
        console.Print(lookup.Banner);
        console.Fail("no servers could be reached");
        settings.Fail(NoAnswer);
    }

    private void ShowQuery(DigExchange exchange)
    {
        DigLookup lookup = exchange.Lookup;
        if (!lookup.ShowsQuery)
            return;
        new DigText(settings, console).Print(exchange, DigMessage.Read(exchange.Query.Message, isBestEffort: true, isOwn: true), isQuery: true);
        if (lookup.ShowsStatistics && !settings.IsYaml)
            console.Print(string.Create(CultureInfo.InvariantCulture, $";; QUERY SIZE: {exchange.Query.Message.Length}\n\n"));
    }

    private void AskByStream(DigLookup lookup, DigQuery query)
    {
        for (int at = 0; at < lookup.Servers.Count;)
        {
            DigServer server = lookup.Servers[at];
            if (!IsUsable(server))
            {
                if (++at == lookup.Servers.Count)
                    console.Warn("No acceptable nameservers");
                continue;
            }

            DigExchange exchange = Begin(lookup, query, server);
            if ((lookup.TlsCertificate is null) != (lookup.TlsKey is null) && lookup is { IsTls: true } or { UsesHttps: true, IsHttpPlain: false })
            {
                console.Warn("both TLS client certificate and key file must be specified a the same time");
                at++;
                continue;
            }

            console.Flush();
            DigStream? stream = TakeKept(exchange);
            string? failure = stream is null ? DigStream.Connect(exchange, settings, wait, Patience(StreamSeconds), out stream) : null;
            if (failure == DigStream.CannotUseTls)
            {
                console.Warn(failure);
                at++;
                continue;
            }

            if (failure is not null)
            {
                console.Warn($"Connection to {exchange.Where}({server.Text}) for {lookup.Name} failed: {failure}.");
                if (!TryAfterSetup(lookup, ref at))
                    return;
                continue;
            }

            if (stream!.CertificateProblem is { } problem)
            {
                console.Warn($"TLS peer certificate verification for {exchange.Where} failed: {problem}");
                stream.Dispose();
                return;
            }

            settings.Reach();
            DigStep step = Exchange(exchange, stream);
            Keep(exchange, stream, step);
            switch (step)
            {
                case DigStep.Done:
                    return;
                case DigStep.NextServer:
                    at++;
                    break;
                case DigStep.Failed when lookup.Tries > 1:
                    lookup.Tries--;
                    Requeue(lookup);
                    return;
                case DigStep.Failed:
                    if (++at == lookup.Servers.Count)
                        GiveUp(lookup);
                    break;
            }
        }
    }

    private DigStep Exchange(DigExchange exchange, DigStream stream)
    {
        TimeSpan patience = Patience(StreamSeconds);
        DigLookup lookup = exchange.Lookup;
        if (lookup.IsTransfer && lookup.IsTls && stream.Protocol != "dot")
        {
            console.Fail("zone transfers over the established TLS connection are not allowed: ALPN for DoT failed");
            return DigStep.Done;
        }

        DigHttp? http = lookup.UsesHttps ? new DigHttp(stream, exchange, console) : null;
        exchange.Begin();
        string? failure = http is null ? stream.SendMessage(exchange.Query.Message, patience) : http.Send(patience);
        if (failure is null)
            ShowQuery(exchange);
        var answer = new DigAnswer(this, settings, console, exchange, key);
        while (failure is null)
        {
            console.Flush();
            byte[] message;
            failure = http is null ? stream.ReceiveMessage(patience, out message) : http.Receive(patience, out message);
            exchange.Arrive();
            if (failure is not null)
                break;
            DigStep step = answer.Take(message);
            if (step is not DigStep.GoOn)
                return step;
        }

        console.Warn($"communications error to {exchange.Where}: {failure}");
        return DigStep.Failed;
    }

    private DigStream? TakeKept(DigExchange exchange)
    {
        DigStream? kept = _kept is not null && _keptServer!.Address.Equals(exchange.Server.Address) && _keptPort == exchange.Port && !exchange.Lookup.UsesHttps ? _kept : null;
        if (kept is null)
            _kept?.Dispose();
        _kept = null;
        return kept;
    }

    private void Keep(DigExchange exchange, DigStream stream, DigStep step)
    {
        if (!settings.KeepsOpen || step is DigStep.Failed || exchange.Lookup.UsesHttps)
        {
            stream.Dispose();
            return;
        }

        (_kept, _keptServer, _keptPort) = (stream, exchange.Server, exchange.Port);
    }

    // Every server of a zone, each by itself: what one of them lacks, another has.
    private void AskAuthorities(DigLookup lookup, DigQuery query)
    {
        bool isAnyReached = false;
        foreach (DigServer server in lookup.Servers)
        {
            DigExchange exchange = Begin(lookup, query, server);
            string? failure;
            if (lookup.UsesTcp)
            {
                failure = DigStream.Connect(exchange, settings, wait, Patience(StreamSeconds), out DigStream? stream);
                if (failure is not null)
                {
                    console.Warn($"Connection to {exchange.Where}({server.Text}) for {lookup.Name} failed: {failure}.");
                    continue;
                }

                using (stream)
                    isAnyReached |= Exchange(exchange, stream!) is not DigStep.Failed;
                continue;
            }

            Errno errno = DigDatagrams.Send(exchange, settings, wait, out DigDatagrams? datagrams);
            if (datagrams is null)
            {
                console.Warn($"UDP setup with {exchange.Where}({server.Text}) for {lookup.Name} failed: {DigFailure.Of(errno)}.");
                continue;
            }

            using (datagrams)
            {
                ShowQuery(exchange);
                isAnyReached |= ReadDatagrams(exchange, datagrams) is not DigStep.Failed;
            }
        }

        if (isAnyReached)
        {
            settings.Reach();
            return;
        }

        settings.Fail(NoAnswer);
        console.Fail("NS servers could not be reached");
    }
}

/// <summary>How to go on.</summary>
internal enum DigStep
{
    /// <summary>Wait for more messages.</summary>
    GoOn,

    /// <summary>The lookup is done, or another follows.</summary>
    Done,

    /// <summary>Ask the next server.</summary>
    NextServer,

    /// <summary>Nothing came.</summary>
    Failed,
}
