using System.Globalization;
using System.Net;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Paths;

/// <summary>Says what clients lose at dead addresses.</summary>
internal static class ClientLoss
{
    private static readonly TimeSpan Noticeable = TimeSpan.FromMilliseconds(50);

    /// <summary>The observation, if clients meet a dead address before one that works.</summary>
    /// <param name="evidence">The evidence.</param>
    /// <param name="dead">The dead address.</param>
    internal static ClientOrder? Of(EvidenceSet evidence, IPAddress dead) =>
        evidence.Last<ClientOrder>(order => order.Addresses.Contains(dead) && order is { SequentialLoss: { } loss, RacingLoss: not null } && loss > Noticeable);

    /// <summary>The loss in words.</summary>
    /// <param name="order">The observation.</param>
    internal static string InWords(ClientOrder order) =>
        $"browsers lose {Seconds(order.RacingLoss)}, a client that tries one address after the other {(order.SequentialLosesMore ? "more than " : "")}{Seconds(order.SequentialLoss)}";

    private static string Seconds(TimeSpan? time) =>
        string.Create(CultureInfo.InvariantCulture, $"{(time ?? TimeSpan.Zero).TotalSeconds:0.##} s");
}
