using System.Net;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Names;
using NetWhy.Tests.Names.Validation;
using NetWhy.Wire.Dns;

namespace NetWhy.Tests.Names.Delegation;

/// <summary>What a server of a <see cref="ToyNetwork"/> does.</summary>
internal enum ToyManner
{
    Normal,
    Refuses,
    Fails,
    RefersUpwards,
    RefersToItself,
    LacksAuthority,
    Silent,
    Unreachable,
    DropsEdns,
    RefusesEdns,
    LacksTcp,
    SilentToQuestion,
    CutsWithoutTcp,
}

/// <summary>A network of authoritative servers in memory: each zone of each has a manner.</summary>
internal sealed class ToyNetwork : IDnsNetwork
{
    private readonly Dictionary<(IPAddress Address, DomainName Zone), ToyServer> _servers = [];

    /// <summary>Adds a server.</summary>
    /// <param name="address">Its address.</param>
    /// <param name="zone">Its zone.</param>
    /// <param name="records">The records, as in a zone file with absolute names.</param>
    /// <param name="manner">What it does.</param>
    public void Add(string address, string zone, string records, ToyManner manner = ToyManner.Normal)
    {
        _ = DomainName.TryParse(zone, out DomainName apex);
        _servers[(IPAddress.Parse(address), apex)] = new ToyServer(apex, [.. ReplayRecord.Read(records)], manner);
    }

    public Task<DnsArrival> AskAsync(DnsServer server, ReadOnlyMemory<byte> query, TimeSpan patience, CancellationToken cancellationToken)
    {
        _ = DnsMessage.Read(query.Span, out DnsMessage message);
        _ = message.ReadQuestion(out DnsQuestion question);
        bool hasEdns = ResponseSets.Read(query.Span)!.HasEdns, isTcp = server.Transport is DnsTransport.Tcp;
        var name = DomainName.From(question.Name);
        ToyServer? found = _servers.Where(pair => pair.Key.Address.Equals(server.Address))
            .OrderByDescending(pair => name.IsAtOrBelow(pair.Key.Zone) ? pair.Key.Zone.Labels : -1)
            .Select(pair => pair.Value)
            .FirstOrDefault();
        bool isSilent = found is null || found.Manner switch
        {
            ToyManner.Silent => true,
            ToyManner.DropsEdns => hasEdns,
            ToyManner.LacksTcp or ToyManner.CutsWithoutTcp => isTcp,
            ToyManner.SilentToQuestion => question.Type is DnsRecordType.TXT,
            _ => false,
        };
        return Task.FromResult(isSilent ? new DnsArrival(DnsOutcome.TimedOut, default, TimeSpan.Zero)
            : found!.Manner is ToyManner.Unreachable
                ? new DnsArrival(DnsOutcome.Failed, default, TimeSpan.Zero) { FailedStep = "receive", Errno = Errno.EHOSTUNREACH, Icmp = new IcmpError(3, 1, IPAddress.Loopback, false) }
                : new DnsArrival(DnsOutcome.Answered, found.Answer(message.Header.Id, name, question.Type, hasEdns), TimeSpan.FromMilliseconds(1)));
    }

    private sealed record ToyServer(DomainName Apex, IReadOnlyList<ReplayRecord> Records, ToyManner Manner)
    {
        public byte[] Answer(ushort id, DomainName name, DnsRecordType type, bool hasEdns)
        {
            byte[] buffer = new byte[4096];
            DomainName apex = Apex;
            ReplayRecord[] cut = [.. Records.Where(record => record.Type is DnsRecordType.NS && record.Owner.IsBelow(apex) && name.IsAtOrBelow(record.Owner))];
            ReplayRecord[] found = [.. Records.Where(record => record.Owner.Equals(name) && record.Type == type)];
            bool isReferral = cut.Length > 0, exists = Records.Any(record => record.Owner.IsAtOrBelow(name));
            DnsResponseCode code = Manner switch
            {
                ToyManner.Refuses => DnsResponseCode.Refused,
                ToyManner.Fails => DnsResponseCode.ServerFailure,
                ToyManner.RefusesEdns when hasEdns => DnsResponseCode.FormatError,
                ToyManner.RefersUpwards or ToyManner.RefersToItself => DnsResponseCode.NoError,
                _ when !name.IsAtOrBelow(apex) => DnsResponseCode.Refused,
                _ => exists || isReferral ? DnsResponseCode.NoError : DnsResponseCode.NameNotFound,
            };
            bool isOdd = Manner is ToyManner.RefersUpwards or ToyManner.RefersToItself;
            bool hasAuthority = code is DnsResponseCode.NoError or DnsResponseCode.NameNotFound && !isReferral && !isOdd && Manner is not ToyManner.LacksAuthority;
            bool isCut = Manner is ToyManner.CutsWithoutTcp && type is DnsRecordType.TXT;
            DnsFlags flags = DnsFlags.Response | (hasAuthority ? DnsFlags.AuthoritativeAnswer : 0) | (isCut ? DnsFlags.Truncated : 0);
            _ = DnsMessageWriter.Create(buffer, id, flags, code, out DnsMessageWriter writer);
            _ = writer.WriteQuestion(name.Octets, type);
            if (isOdd)
            {
                DomainName owner = Manner is ToyManner.RefersUpwards ? DomainName.Root : apex;
                _ = writer.WriteRecord(DnsSection.Authority, owner.Octets, DnsRecordType.NS, (ushort)DnsClass.Internet, 60, [1, (byte)'a', 0]);
            }
            else if (code is DnsResponseCode.NoError or DnsResponseCode.NameNotFound)
            {
                ReplayRecord[] start = [.. Records.Where(record => record.Owner.Equals(apex) && record.Type is DnsRecordType.SOA)];
                foreach (ReplayRecord record in isReferral ? [] : found)
                    Write(ref writer, DnsSection.Answer, record);
                foreach (ReplayRecord record in isReferral ? cut : found.Length > 0 ? [] : start)
                    Write(ref writer, DnsSection.Authority, record);
                foreach (ReplayRecord record in Records.Where(record => isReferral && record.Type is (DnsRecordType.A or DnsRecordType.AAAA) && cut.Any(one => one.Data.AsSpan().SequenceEqual(record.Owner.Octets))))
                    Write(ref writer, DnsSection.Additional, record);
            }

            if (hasEdns && code is not DnsResponseCode.FormatError)
                _ = writer.WriteEdns(1232);
            return writer.Written.ToArray();
        }

        private static void Write(ref DnsMessageWriter writer, DnsSection section, ReplayRecord record) =>
            _ = writer.WriteRecord(section, record.Owner.Octets, record.Type, (ushort)DnsClass.Internet, record.TimeToLive, record.Data);
    }
}
