using System.Buffers;
using System.Net;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Wire;

namespace NetWhy.Collect.Paths;

/// <summary>Counts the packets of every TCP connection that starts while it watches.</summary>
/// <remarks>Not safe for use by several threads. Memory is bounded: what exceeds the bounds is not counted.</remarks>
internal sealed class FlowWatch
{
    private const int MostFlows = 4096; // a busy machine opens some hundred a second: ours must not be crowded out
    private const int MostErrors = 32;

    private readonly Dictionary<(IPAddress Peer, int Port, int SourcePort), Flow> _flows = [];
    private readonly Queue<(IPAddress Peer, int Port, int SourcePort)> _byAge = [];
    private readonly Dictionary<(IPAddress Peer, int SourcePort), HashSet<IcmpError>> _errors = [];
    private readonly Dictionary<(IPAddress Own, int SourcePort), HashSet<string>> _strangeAnswers = [];
    private readonly Func<int, string?> _nameOfInterface;
    private readonly Func<IPAddress, bool> _isOwn;

    /// <summary>Makes an empty watch.</summary>
    /// <param name="nameOfInterface">Gives an interface's name by its index.</param>
    /// <param name="isOwn">Tells this machine's addresses.</param>
    internal FlowWatch(Func<int, string?> nameOfInterface, Func<IPAddress, bool> isOwn) =>
        (_nameOfInterface, _isOwn) = (nameOfInterface, isOwn);

    /// <summary>ICMP errors seen about some connections, each distinct one once.</summary>
    /// <remarks>Traces provoke errors on purpose: only those about the connections asked for count.</remarks>
    /// <param name="attempts">The connections.</param>
    internal IReadOnlyList<IcmpError> ErrorsAbout(IEnumerable<ConnectAttempt> attempts) =>
    [
        .. attempts.SelectMany(attempt => _errors.GetValueOrDefault((attempt.Address, attempt.SourcePort)) ?? []).Distinct(),
    ];

    /// <summary>SYN-ACKs to the ports of some connections from an endpoint that was not asked.</summary>
    /// <remarks>Other programs share the ports of this machine: only those of the connections asked for count.</remarks>
    /// <param name="attempts">The connections.</param>
    internal IReadOnlyList<string> StrangeAnswersTo(IEnumerable<ConnectAttempt> attempts) =>
    [
        .. attempts.SelectMany(attempt => _strangeAnswers
            .Where(answers => answers.Key.SourcePort == attempt.SourcePort
                && (attempt.Source is null || attempt.Source.Equals(answers.Key.Own)))
            .SelectMany(answers => answers.Value)).Distinct(),
    ];

    /// <summary>Whether flows had to be forgotten: one that is not there may have been.</summary>
    internal bool HasForgotten { get; private set; }

    /// <summary>What was seen of one connection; null if nothing was.</summary>
    /// <param name="attempt">The connection.</param>
    internal FlowSighting? Of(ConnectAttempt attempt)
    {
        var key = (attempt.Address, attempt.Port, attempt.SourcePort);
        return _flows.GetValueOrDefault(key)?.Describe(key, _nameOfInterface);
    }

    /// <summary>Counts one packet.</summary>
    /// <param name="packet">What is known of it.</param>
    /// <param name="octets">The packet from its IP header on, as far as captured.</param>
    internal void Count(in CapturedPacket packet, ReadOnlySpan<byte> octets)
    {
        if (octets.IsEmpty)
            return;
        if (octets[0] >> 4 == 4 && Ipv4Packet.Read(octets, out Ipv4Packet v4) is OperationStatus.Done)
        {
            var header = new Network(v4.Source, v4.Destination, v4.TimeToLive, v4.Identification, v4.PayloadLength);
            Count(packet, header, v4.Protocol, v4.FragmentOffset, v4.Payload);
        }
        else if (octets[0] >> 4 == 6 && Ipv6Packet.Read(octets, out Ipv6Packet v6) is OperationStatus.Done)
        {
            var header = new Network(v6.Source, v6.Destination, v6.HopLimit, null, v6.PayloadLength);
            Count(packet, header, v6.Protocol, v6.FragmentOffset, v6.Payload);
        }
    }

    private void Count(
        in CapturedPacket packet, Network network, IPProtocol protocol, int fragmentOffset, ReadOnlySpan<byte> payload)
    {
        if (fragmentOffset != 0)
            return;
        if (protocol is IPProtocol.Tcp && TcpSegment.Read(payload, out TcpSegment segment) is OperationStatus.Done)
            CountSegment(packet, network, segment);
        else if (protocol is IPProtocol.Icmp or IPProtocol.IcmpV6 && !packet.IsOutgoing)
            CountError(packet, network, protocol is IPProtocol.IcmpV6, payload);
    }

    private void CountSegment(in CapturedPacket packet, Network network, TcpSegment segment)
    {
        bool isSyn = segment.Flags.HasFlag(TcpFlags.Syn);
        bool isAck = segment.Flags.HasFlag(TcpFlags.Ack);
        if (packet.IsOutgoing)
        {
            var key = (network.Destination, (int)segment.DestinationPort, (int)segment.SourcePort);
            if (!_flows.TryGetValue(key, out Flow? flow) && isSyn && !isAck)
                flow = Start(key);
            flow?.CountOut(packet, network, segment);
            return;
        }

        int ourPort = segment.DestinationPort;
        if (_flows.TryGetValue((network.Source, segment.SourcePort, ourPort), out Flow? asked))
        {
            asked.CountIn(packet, network, segment);
        }
        else if (isSyn && isAck && _flows.Keys.Any(key => key.SourcePort == ourPort))
        {
            var ours = (network.Destination, ourPort);
            if (!_strangeAnswers.TryGetValue(ours, out HashSet<string>? answers) && _strangeAnswers.Count < MostFlows)
                _strangeAnswers[ours] = answers = [];
            if (answers is { Count: < MostErrors })
                answers.Add(new IPEndPoint(network.Source, segment.SourcePort).ToString());
        }
    }

    private Flow Start((IPAddress Peer, int Port, int SourcePort) key)
    {
        if (_flows.Count >= MostFlows)
        {
            HasForgotten = true;
            _flows.Remove(_byAge.Dequeue());
        }

        var flow = new Flow();
        _flows[key] = flow;
        _byAge.Enqueue(key);
        return flow;
    }

    private void CountError(in CapturedPacket packet, Network network, bool isV6, ReadOnlySpan<byte> payload)
    {
        if (IcmpMessage.Read(payload, isV6, out IcmpMessage message) is not OperationStatus.Done
            || !message.IsError
            || QuotedFlow(message.Body, isV6) is not var (peer, port, sourcePort))
        {
            return;
        }

        _flows.GetValueOrDefault((peer, port, sourcePort))?.CountError(packet);
        var about = (peer, sourcePort);
        if (!_errors.TryGetValue(about, out HashSet<IcmpError>? errors) && _errors.Count < MostFlows)
            _errors[about] = errors = [];
        if (errors is { Count: < MostErrors })
        {
            errors.Add(new IcmpError(message.Type, message.Code, network.Source, _isOwn(network.Source))
            {
                Mtu = message.NextHopMtu,
            });
        }
    }

    // RFC 792 promises eight octets of the packet in error: for TCP the ports and the sequence number.
    private static (IPAddress Peer, int Port, int SourcePort)? QuotedFlow(ReadOnlySpan<byte> quoted, bool isV6)
    {
        if (isV6)
        {
            return Ipv6Packet.Read(quoted, out Ipv6Packet v6) is OperationStatus.Done && v6 is { Protocol: IPProtocol.Tcp, FragmentOffset: 0 }
                && TransportPorts.Read(v6.Payload, out TransportPorts ports) is OperationStatus.Done
                    ? (v6.Destination, ports.Destination, ports.Source)
                    : null;
        }

        return Ipv4Packet.Read(quoted, out Ipv4Packet v4) is OperationStatus.Done && v4 is { Protocol: IPProtocol.Tcp, FragmentOffset: 0 }
            && TransportPorts.Read(v4.Payload, out TransportPorts quotedPorts) is OperationStatus.Done
                ? (v4.Destination, quotedPorts.Destination, quotedPorts.Source)
                : null;
    }

    private readonly record struct Network(
        IPAddress Source, IPAddress Destination, int Ttl, int? Identification, int PayloadLength);

    private sealed class Flow
    {
        // A packet that passes a port and its bridge, or a tunnel and its underlay, is seen on both: count one interface.
        private int _interfaceOut;
        private int _interfaceIn;
        private readonly SequenceGaps _gaps = new();
        private DateTimeOffset _lastOut;
        private FlowSighting _seen = new(IPAddress.None, 0, 0);

        internal void CountOut(in CapturedPacket packet, Network network, TcpSegment segment)
        {
            if (_interfaceOut == 0)
                _interfaceOut = packet.InterfaceIndex;
            if (_interfaceOut != packet.InterfaceIndex)
                return;

            if (segment.Flags.HasFlag(TcpFlags.Syn))
                _seen = _seen with { SynsOut = _seen.SynsOut + 1, SynTtl = _seen.SynTtl ?? network.Ttl };
            if (segment.Flags.HasFlag(TcpFlags.Rst))
                _seen = _seen with { RstsOut = _seen.RstsOut + 1 };
            _lastOut = packet.Time;
        }

        internal void CountIn(in CapturedPacket packet, Network network, TcpSegment segment)
        {
            if (_interfaceIn == 0)
                _interfaceIn = packet.InterfaceIndex;
            if (_interfaceIn != packet.InterfaceIndex)
                return;

            if (segment.Flags.HasFlag(TcpFlags.Rst))
            {
                _seen = _seen with
                {
                    RstsIn = _seen.RstsIn + 1,
                    RstTtl = _seen.RstTtl ?? network.Ttl,
                    RstIpId = _seen.RstIpId ?? network.Identification,
                    RstDelay = _seen.RstDelay ?? packet.Time - _lastOut,
                };
                return;
            }

            if (segment.Flags.HasFlag(TcpFlags.Syn))
            {
                _seen = _seen with
                {
                    SynAcksIn = _seen.SynAcksIn + 1,
                    SynAckTtl = _seen.SynAckTtl ?? network.Ttl,
                    SynAckMss = _seen.SynAckMss ?? segment.MaximumSegmentSize,
                };
                _gaps.Start(segment.SequenceNumber + 1, packet.Time - _lastOut);
                return;
            }

            int data = Math.Max(0, network.PayloadLength - segment.HeaderLength);
            if (data > 0)
                _gaps.Count(segment.SequenceNumber, data, network.Identification, packet.Time);
            _seen = _seen with
            {
                DataTtl = _seen.DataTtl ?? network.Ttl,
                DataIn = _seen.DataIn + (data > 0 ? 1 : 0),
                RepairsIn = _gaps.Repairs,
                RepeatsIn = _gaps.Repeats,
                LargestDataIn = Math.Max(_seen.LargestDataIn, data),
                FinsIn = _seen.FinsIn + (segment.Flags.HasFlag(TcpFlags.Fin) ? 1 : 0),
            };
        }

        internal void CountError(in CapturedPacket packet)
        {
            if (_interfaceOut != 0)
                _seen = _seen with { ErrorDelay = _seen.ErrorDelay ?? packet.Time - _lastOut };
        }

        internal FlowSighting Describe(
            (IPAddress Peer, int Port, int SourcePort) key, Func<int, string?> nameOfInterface)
        {
            return _seen with
            {
                Address = key.Peer,
                Port = key.Port,
                SourcePort = key.SourcePort,
                InterfaceIn = _interfaceIn == 0 ? null : nameOfInterface(_interfaceIn),
                InterfaceOut = _interfaceOut == 0 ? null : nameOfInterface(_interfaceOut),
            };
        }
    }
}
