using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text;
using NetWhy.Wire.Dns;

namespace NetWhy.Names;

/// <summary>Compares what the servers of a zone say with each other and with the zone above.</summary>
internal sealed class DelegationFindings
{
    private const int MostNamed = 8; // values in one detail; a zone may have many servers
    private const int LongestValue = 400; // characters

    private readonly List<DelegationFinding> _findings = [];
    private readonly ZoneSurvey _zone;

    private DelegationFindings(ZoneSurvey zone) => _zone = zone;

    /// <summary>What is wrong or remarkable, zone by zone.</summary>
    /// <param name="zones">The zones from above.</param>
    internal static IReadOnlyList<DelegationFinding> Of(IReadOnlyList<ZoneSurvey> zones)
    {
        List<DelegationFinding> all = [];
        for (int i = 0; i < zones.Count; i++)
        {
            var findings = new DelegationFindings(zones[i]);
            findings.CompareServers();
            findings.CompareNames();
            findings.CompareAddresses();
            findings.CompareVersions();
            findings.CompareAnswers(isLast: i == zones.Count - 1);
            all.AddRange(findings._findings.OrderBy(finding => finding.Severity));
        }

        return all;
    }

    private void Add(DelegationFault fault, string detail, DomainName? server = null, IPAddress? address = null) =>
        _findings.Add(new DelegationFinding(fault, _zone.Zone) { Server = server, Address = address, Detail = detail });

    private void CompareServers()
    {
        foreach (ServerSurvey server in _zone.Servers)
        {
            DelegationFault? fault = server.State switch
            {
                ServerState.Authoritative => null,
                ServerState.NotAsked => null,
                ServerState.Silent or ServerState.Unreachable => DelegationFault.SilentServer,
                _ => DelegationFault.LameServer,
            };
            if (fault is { } found)
                Add(found, server.Describe(), server.Name, server.Address);
            if (server.Edns is EdnsSupport.Refused or EdnsSupport.Dropped)
                Add(DelegationFault.EdnsBroken, server.Edns is EdnsSupport.Refused ? "with EDNS it answers with an error" : "with EDNS nothing comes", server.Name, server.Address);
            else if (server.Edns is EdnsSupport.Ignored)
                Add(DelegationFault.EdnsIgnored, "", server.Name, server.Address);
            if (server is { HasTcp: false, State: ServerState.Authoritative })
                Add(DelegationFault.TcpBroken, server.TcpDetail, server.Name, server.Address);
        }

        foreach (IGrouping<string, ServerSurvey> unasked in _zone.Servers.Where(server => server.State is ServerState.NotAsked).GroupBy(server => server.Detail))
        {
            int count = unasked.Count();
            Add(DelegationFault.ServersNotAsked, $"{unasked.Key} ({Join(unasked.Take(MostNamed).Select(server => server.Address))}{(count > MostNamed ? ", …" : "")})");
        }

        foreach (ServerAddresses server in _zone.Addresses.Where(server => server is { Glue.Count: 0, Authority: null or { Count: 0 } }))
        {
            if (server.Authority is null && IsGlueMissing(server))
                continue; // which is why
            Add(server.Authority is null ? DelegationFault.ServerAddressUnknown : DelegationFault.ServerWithoutAddress, server.Reason, server.Name);
        }

        bool isAnyAsked = _zone.Servers.Any(server => server.State is not ServerState.NotAsked);
        if (!_zone.Authoritative.Any() && (isAnyAsked || _zone.Servers.Count == 0))
            Add(DelegationFault.NoAuthority, _zone.Servers.Count == 0 ? "none of them has an address" : "");
    }

    private void CompareNames()
    {
        foreach (IGrouping<string, DelegationView>[] differing in Differing(_zone.Views, view => Join(view.Referral.Servers.Order())))
            Add(DelegationFault.DelegationsDiffer, Describe(differing, view => view.Server.Name, view => view.Server.Address));

        ServerSurvey[] telling = [.. _zone.Authoritative.Where(server => server.NameServers is not null)];
        foreach (IGrouping<string, ServerSurvey>[] differing in Differing(telling, server => Join(server.NameServers!)))
            Add(DelegationFault.NameServersDiffer, Describe(differing, server => server.Name, server => server.Address));
        if (_zone.ChildNames.Count == 1)
            Add(DelegationFault.SingleServer, "", _zone.ChildNames[0]);
        if (_zone.Views.Count == 0 || _zone.ChildNames.Count == 0)
            return;

        foreach (DomainName name in _zone.ParentNames.Except(_zone.ChildNames))
            Add(DelegationFault.ServerOnlyInDelegation, "", name);
        foreach (DomainName name in _zone.ChildNames.Except(_zone.ParentNames))
            Add(DelegationFault.ServerOnlyInZone, "", name);
    }

    private void CompareAddresses()
    {
        const int PlainDatagram = 512; // octets that an answer can have without EDNS. Source: RFC 1035, section 2.3.4.
        if (_zone.ReferralLength is > PlainDatagram and var length)
            Add(DelegationFault.ReferralTooLong, string.Create(CultureInfo.InvariantCulture, $"{length} octets for the longest names"));
        foreach (ServerAddresses server in _zone.Addresses)
        {
            if (server.IsAlias)
                Add(DelegationFault.ServerIsAlias, "", server.Name);
            if (_zone.Views.Count == 0 || !_zone.ParentNames.Contains(server.Name))
                continue;

            if (IsGlueMissing(server))
            {
                Add(DelegationFault.GlueMissing, server.Authority is { Count: > 0 } known ? $"the zone has {Join(known)}" : "", server.Name);
                continue;
            }

            if (server.Authority is null || server.Glue.Count == 0)
                continue;
            foreach (IPAddress address in server.Glue.Where(address => server.Answered.Contains(address.AddressFamily)).Except(server.Authority))
                Add(DelegationFault.GlueDiffers, $"the authority has {(server.Authority.Count == 0 ? "none" : Join(server.Authority))}", server.Name, address);
            if (!server.Name.IsAtOrBelow(_zone.Zone))
                continue; // where glue is a courtesy
            foreach (IPAddress address in server.Authority.Except(server.Glue))
                Add(DelegationFault.AddressesDiffer, $"the delegation has {Join(server.Glue)}", server.Name, address);
        }
    }

    private bool IsGlueMissing(ServerAddresses server) =>
        _zone.Views.Count > 0 && server.Glue.Count == 0 && server.Name.IsAtOrBelow(_zone.Zone) && _zone.ParentNames.Contains(server.Name);

    private void CompareVersions()
    {
        ServerSurvey[] telling = [.. _zone.Authoritative.Where(server => server.Serial is not null)];
        foreach (IGrouping<string, ServerSurvey>[] differing in Differing(telling, server => server.Serial!.Value.ToString(CultureInfo.InvariantCulture)))
            Add(DelegationFault.SerialsDiffer, Describe(differing, server => server.Name, server => server.Address));
        foreach (IGrouping<string, ServerSurvey>[] differing in Differing(telling, server => $"{server.Primary}".ToLowerInvariant()))
            Add(DelegationFault.PrimariesDiffer, Describe(differing, server => server.Name, server => server.Address));
    }

    // Of the zones above, what matters of the answers are the delegations.
    private void CompareAnswers(bool isLast)
    {
        ServerSurvey[] answering = [.. _zone.Authoritative.Where(server => server.AnswerState is ServerState.Authoritative)];
        if (!isLast && answering.Length > 0 && _zone.Authoritative.Any(server => server.Referral is not null))
        {
            Add(DelegationFault.AnswersDiffer, $"{Join(answering.Select(server => server.Name).Distinct())} answers itself, and others refer to a zone below");
            return;
        }

        foreach (ServerSurvey server in _zone.Authoritative.Where(server => server.AnswerState is not (null or ServerState.Authoritative or ServerState.NotAsked)))
        {
            string how = ServerSurvey.Describe(server.AnswerState!.Value, server.Answer?.ResponseCode);
            Add(DelegationFault.AnswerMissing, server.IsAnswerCut ? $"cuts its answer, and by TCP it {how}" : how, server.Name, server.Address);
        }

        if (!isLast)
            return;
        foreach (IGrouping<string, ServerSurvey>[] differing in Differing(answering, server => AnswerText.Of(server.Answer!)))
            Add(DelegationFault.AnswersDiffer, Describe(differing, server => server.Name, server => server.Address));
    }

    // One element if there is more than one value, or none.
    private static IEnumerable<IGrouping<string, T>[]> Differing<T>(IReadOnlyList<T> all, Func<T, string> value)
    {
        IGrouping<string, T>[] groups = [.. all.GroupBy(value, StringComparer.Ordinal).OrderByDescending(group => group.Count())];
        return groups.Length > 1 ? [groups] : [];
    }

    private static string Describe<T>(IReadOnlyList<IGrouping<string, T>> groups, Func<T, DomainName> name, Func<T, IPAddress> address)
    {
        IEnumerable<string> texts = groups.Take(MostNamed).Select(group =>
            $"{Shorten(group.Key)} at {string.Join(", ", group.Take(MostNamed).Select(one => $"{name(one)} ({address(one)})"))}{(group.Count() > MostNamed ? ", …" : "")}");
        return string.Join("; ", texts) + (groups.Count > MostNamed ? "; …" : "");
    }

    private static string Shorten(string value) =>
        value.Length == 0 ? "nothing" : value.Length > LongestValue ? $"{value[..LongestValue]}…" : value;

    private static string Join<T>(IEnumerable<T> values) => string.Join(", ", values);
}

/// <summary>An answer in one line, to be compared: response code and records without their times, in an order of their own.</summary>
internal static class AnswerText
{
    /// <summary>Makes it.</summary>
    /// <param name="sets">The answer.</param>
    internal static string Of(ResponseSets sets)
    {
        List<string> records = [];
        foreach (RecordSet set in sets.Answer.Where(set => set.Type is not DnsRecordType.RRSIG))
        {
            for (int i = 0; i < set.Data.Count; i++)
                records.Add($"{set.Owner.ToString().ToLowerInvariant()} {set.Type.Mnemonic} {DataOf(set, i)}");
        }

        records.Sort(StringComparer.Ordinal);
        string text = records.Count == 0 && sets.ResponseCode is DnsResponseCode.NoError ? "no such records" : string.Join(", ", records);
        return sets.ResponseCode is DnsResponseCode.NoError ? text : $"{sets.ResponseCode.Mnemonic} {text}".TrimEnd();
    }

    // As zone files have it, so that nothing in it steers a terminal; names in lower case, as servers may write them in any.
    private static string DataOf(RecordSet set, int index)
    {
        var output = new ArrayBufferWriter<byte>();
        DnsRecordText.WriteData(set.View(index), new DnsTextStyle(), output);
        string text = Encoding.ASCII.GetString(output.WrittenSpan);
        return set.Type is DnsRecordType.CNAME or DnsRecordType.NS or DnsRecordType.PTR or DnsRecordType.MX or DnsRecordType.SRV or DnsRecordType.DNAME or DnsRecordType.SOA
            ? text.ToLowerInvariant()
            : text;
    }
}
