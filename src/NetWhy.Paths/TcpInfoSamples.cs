using System.Net;
using NetWhy.Evidence;
using NetWhy.Linux;

namespace NetWhy.Paths;

/// <summary>Turns the kernel's account of a connection into evidence.</summary>
public static class TcpInfoSamples
{
    /// <summary>Samples a connection.</summary>
    /// <param name="socket">The connection.</param>
    /// <param name="address">Peer's address.</param>
    /// <param name="port">Peer's port.</param>
    /// <param name="moment">When in the exchange; see <see cref="TcpInfoSample.Moment"/>.</param>
    /// <returns>The observation; null if the kernel gives no account.</returns>
    public static TcpInfoSample? Take(LinuxSocket socket, IPAddress address, int port, string moment) =>
        socket.GetTcpInfo() is not { } info
            ? null
            : new TcpInfoSample(address, port, moment, info.RoundTrip, info.RoundTripVariation)
            {
                State = StateName(info.State),
                MinRoundTrip = info.MinRoundTrip,
                TotalRetransmits = info.TotalRetransmits,
                Backoff = info.Backoff,
                Lost = info.Lost,
                Unacknowledged = info.Unacknowledged,
                DataSegmentsOut = info.DataSegmentsOut,
                DataSegmentsIn = info.DataSegmentsIn,
                OctetsAcknowledged = (long)Math.Min(info.OctetsAcknowledged, long.MaxValue),
                OctetsReceived = (long)Math.Min(info.OctetsReceived, long.MaxValue),
                OutOfOrderIn = info.OutOfOrderIn,
                DuplicateSacks = info.DuplicateSacks,
                ReorderingSeen = info.ReorderingSeen,
                SendMss = info.SendMss,
                ReceiveMss = info.ReceiveMss,
                PathMtu = info.PathMtu,
                CongestionWindow = info.CongestionWindow,
                Busy = info.Busy,
                ReceiveWindowLimited = info.ReceiveWindowLimited,
                SendBufferLimited = info.SendBufferLimited,
                DeliveryRate = (long)Math.Min(info.DeliveryRate, long.MaxValue),
            };

    // Source: net/tcp_states.h, in the spelling of ss(8).
    private static string StateName(byte state) => state switch
    {
        1 => "established",
        2 => "syn-sent",
        3 => "syn-recv",
        4 => "fin-wait-1",
        5 => "fin-wait-2",
        6 => "time-wait",
        7 => "close",
        8 => "close-wait",
        9 => "last-ack",
        10 => "listen",
        11 => "closing",
        _ => "",
    };
}
