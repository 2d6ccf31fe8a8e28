using NetWhy.Analysis.Fields;
using NetWhy.Analysis.Summaries;
using NetWhy.Analysis.Tcp;
using NetWhy.Capture.Files;

namespace NetWhy.Analysis.Dissection;

/// <summary>Reads the fields of packets, one packet after the other as they passed.</summary>
public sealed class Dissector
{
    private readonly PacketFields _fields;
    private readonly CaptureMemory _memory;
    private long _first;
    private long _previous;
    private long? _displayed;
    private uint _number;
    private CaptureSection? _section;
    private int _secrets; // of the section, which are known already
    private int _protocols; // where their names stand

    /// <summary>Makes a dissector.</summary>
    /// <param name="fields">Where values go; it says which ones are wanted.</param>
    /// <param name="observer">Who sees each TCP segment besides; null for nobody.</param>
    /// <param name="summary">What is to say of each packet what it is about; null if nobody asks.</param>
    /// <param name="preferences">How packets are analysed; null as usual.</param>
    public Dissector(PacketFields fields, ITcpObserver? observer = null, PacketSummary? summary = null, DissectionPreferences? preferences = null)
    {
        ArgumentNullException.ThrowIfNull(fields);
        _fields = fields;
        bool readsAll = summary is not null || fields.IsWanted(FrameFields.Protocols);
        _memory = new CaptureMemory
        {
            Analyzer = observer is not null || readsAll || Array.Exists(Protocols.OverTcp, group => fields.IsWantedAnyOf(group.Protocol)) ? new TcpAnalyzer() : null,
            Preferences = preferences ?? new DissectionPreferences(),
            ReadsQuic = readsAll || Array.Exists(Protocols.OfQuic, group => fields.IsWantedAnyOf(group.Protocol)),
            Observer = observer,
            Summary = summary,
            ReadsStreams = readsAll || Array.Exists(Protocols.OfStreams, group => fields.IsWantedAnyOf(group.Protocol)),
        };
        _memory.KeyLog.Add(_memory.Preferences.KeyLog.Span);
    }

    // A capture tells them before the packets that they are for.
    private void LearnSecrets(CaptureSection section)
    {
        if (_section != section)
            _secrets = 0;
        _section = section;
        for (; _secrets < section.Secrets.Count; _secrets++)
        {
            if (section.Secrets[_secrets].Type == DecryptionSecrets.TlsKeyLog)
                _memory.KeyLog.Add(section.Secrets[_secrets].Data.Span);
        }
    }

    /// <summary>How many TCP conversations were forgotten to bound memory.</summary>
    public long EvictedConversations => _memory.Analyzer?.Evicted ?? 0;

    /// <summary>How many packets had more values than are kept: they were judged by a part of them.</summary>
    public long CutPackets { get; private set; }

    /// <summary>Nanoseconds from the first packet to the one that was read last.</summary>
    public long SinceFirst { get; private set; }

    /// <summary>Nanoseconds from the packet before to the one that was read last.</summary>
    public long SincePrevious { get; private set; }

    /// <summary>Nanoseconds from the packet that was let through before to the one that was read last.</summary>
    public long SinceDisplayed { get; private set; }

    /// <summary>Reads the next packet.</summary>
    /// <param name="packet">The packet.</param>
    /// <returns>It, with its fields: valid until the next one is read.</returns>
    public DissectedPacket Read(in PacketRecord packet)
    {
        _fields.Clear();
        _memory.Summary?.Clear();
        _number++;
        if (packet.Interface.Section is { Secrets.Count: > 0 } section)
            LearnSecrets(section);
        var dissection = new Dissection(packet.Octets, _fields, _memory) { FrameNumber = _number, Nanoseconds = packet.Nanoseconds };
        AddFrame(packet);
        LinkDissector.Read(ref dissection, packet.Interface.LinkType, (int)Math.Min(packet.OriginalLength, int.MaxValue));
        _fields.Fill(_protocols, _fields.Layers);
        if (_memory.Summary is { } summary && dissection.IsShort)
            summary.WriteShortness(isCut: packet.Octets.Length < packet.OriginalLength, dissection.IsMalformed);
        _previous = packet.Nanoseconds;
        if (_fields.IsCut)
            CutPackets++;
        return new DissectedPacket(packet.Octets, _fields);
    }

    /// <summary>Says that the packet read last was let through: <c>frame.time_delta_displayed</c> is counted from there.</summary>
    public void Displayed() => _displayed = _previous;

    private void AddFrame(in PacketRecord packet)
    {
        if (_number == 1)
        {
            _first = packet.Nanoseconds;
            _previous = packet.Nanoseconds;
        }

        _fields.Add(FrameFields.Group.Protocol, 0, 0, packet.Octets.Length);
        _fields.Add(FrameFields.InterfaceId, (ulong)packet.Interface.Number, 0, 0);
        if (_fields.IsWanted(FrameFields.InterfaceName) && packet.Interface.Name is { } name)
            _fields.AddMade(FrameFields.InterfaceName, System.Text.Encoding.UTF8.GetBytes(name));
        foreach (string comment in packet.Comments)
            _fields.AddMade(FrameFields.Comment, System.Text.Encoding.UTF8.GetBytes(comment));
        _fields.Add(FrameFields.Time, (ulong)packet.Nanoseconds, 0, 0);
        _fields.Add(FrameFields.TimeEpoch, (ulong)packet.Nanoseconds, 0, 0);
        SinceFirst = packet.Nanoseconds - _first;
        SincePrevious = packet.Nanoseconds - _previous;
        SinceDisplayed = packet.Nanoseconds - (_displayed ?? packet.Nanoseconds);
        _fields.Add(FrameFields.TimeDelta, (ulong)SincePrevious, 0, 0);
        _fields.Add(FrameFields.TimeDeltaDisplayed, (ulong)SinceDisplayed, 0, 0);
        _fields.Add(FrameFields.TimeRelative, (ulong)SinceFirst, 0, 0);
        _fields.Add(FrameFields.Number, _number, 0, 0);
        _fields.Add(FrameFields.Length, packet.OriginalLength, 0, 0);
        _fields.Add(FrameFields.CapturedLength, (ulong)packet.Octets.Length, 0, 0);
        _protocols = _fields.Reserve(FrameFields.Protocols);
    }
}
