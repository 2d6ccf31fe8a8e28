using System.Globalization;
using NetWhy.Names;
using NetWhy.Wire.Dns;

namespace NetWhy.Tools.Dig;

/// <summary>Asks every server of every zone on the way of a trace, and prints what they say (<c>--all-servers</c>).</summary>
/// <param name="settings">What holds for all.</param>
/// <param name="console">Where to print.</param>
/// <param name="wait">Tells when the user interrupts.</param>
internal sealed class DigSurvey(DigSettings settings, DigConsole console, DigWait wait)
{
    private Action? _pending;

    /// <summary>Notes a trace that has begun; it is surveyed when it has ended, however it ends.</summary>
    /// <param name="lookup">Its first lookup at the servers of the root.</param>
    /// <param name="port">Their port.</param>
    internal void Begin(DigLookup lookup, int port)
    {
        DigServer[] roots = [.. lookup.Servers];
        if (DigQuery.NameOf(lookup, settings) is { } octets && DomainName.TryRead(octets, out DomainName name))
            _pending = () => Run(name, lookup.Type, roots, port);
    }

    /// <summary>Surveys the trace that has ended, if there is one.</summary>
    internal void Finish()
    {
        Action? pending = _pending;
        _pending = null;
        if (!wait.Cancellation.IsCancellationRequested)
            pending?.Invoke();
    }

    private void Run(DomainName name, DnsRecordType type, DigServer[] roots, int port)
    {
        console.Flush();
        NamedServer[] start = [.. roots.Select(root => new NamedServer(DomainName.TryParse(root.Word, out DomainName server) ? server : DomainName.Root, root.Address))];
        var options = new DelegationSurveyOptions { Port = port, UsesIPv6 = settings.HasIPv6 };
        DelegationSurvey survey = new DelegationSurveyor(DnsNetwork.Instance, options)
            .SurveyAsync(name, type, start, DomainName.Root, wait.Cancellation).GetAwaiter().GetResult();
        if (console.Json is { } json)
            json.Add(survey);
        else
            Print(survey);
    }

    private void Print(DelegationSurvey survey)
    {
        foreach (ZoneSurvey zone in survey.Zones)
            Print(zone);
        if (survey.EndReason is { } reason)
            console.Print($";; The way to {survey.Name} ends here: {reason}.\n");
        console.Print(survey.Findings.Count == 0 ? ";; FINDINGS: none" : ";; FINDINGS:");
        console.Print(string.Create(CultureInfo.InvariantCulture, $" ({survey.Queries} queries)\n"));
        foreach (DelegationFinding finding in survey.Findings)
            console.Print($";;   {finding.Severity.ToString().ToLowerInvariant(),-7}  {finding}\n");
        console.Print("\n");
    }

    private void Print(ZoneSurvey zone)
    {
        string above = zone.Parent is { } parent ? $", delegated by {parent}" : "";
        console.Print(string.Create(
            CultureInfo.InvariantCulture, $";; ZONE {zone.Zone}{above}: {zone.Authoritative.Count()} of {zone.Servers.Count} addresses answer for it\n"));
        int names = zone.Servers.Select(server => $"{server.Name}".Length).DefaultIfEmpty().Max();
        int addresses = zone.Servers.Select(server => $"{server.Address}".Length).DefaultIfEmpty().Max();
        foreach (ServerSurvey server in zone.Servers.OrderBy(server => server.Name))
        {
            string time = server.ResponseTime is { } elapsed ? string.Create(CultureInfo.InvariantCulture, $"{elapsed.TotalMilliseconds:0.0} ms") : "-";
            string serial = server.Serial is { } number ? string.Create(CultureInfo.InvariantCulture, $", serial {number}") : "";
            string place = zone.Parent is null || (server.IsInDelegation && server.IsInZone) || zone.ChildNames.Count == 0 ? ""
                : server.IsInDelegation ? ", only in the delegation"
                : ", only in the zone";
            string edns = server.Edns is EdnsSupport.Refused or EdnsSupport.Dropped ? ", only without EDNS" : "";
            string tcp = server.HasTcp is false ? ", not by TCP" : "";
            console.Print($";;   {$"{server.Name}".PadRight(names)}  {$"{server.Address}".PadRight(addresses)}  {time,9}  {server.Describe()}{serial}{place}{edns}{tcp}\n");
        }

        console.Print("\n");
    }
}
