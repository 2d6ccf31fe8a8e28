using NetWhy.Diagnose.Captures;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>Servers in a capture that let their clients wait, whatever they speak: what the client said had arrived, and it waited for the answer.</summary>
public sealed class CapturedSlowServer : ConversationRule
{
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AtOnce = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongPoll = TimeSpan.FromSeconds(15); // RFC 6202, section 5.5, has them end after 30 s; an event may come before

    // Shells and screens, where programs run for as long as they do, and services that say something when it happens:
    // IMAP (IDLE), MQTT, XMPP, IRC, NATS, AMQP, Kafka, ZooKeeper, etcd.
    private static readonly int[] WaitingPorts = [22, 23, 143, 512, 513, 514, 993, 1883, 2181, 2379, 3389, 4222, 5222, 5269, 5671, 5672, 5900, 6667, 6697, 8883, 9092];

    // Of Redis some commands wait for news and most do not: what it is, is said and not called a fault.
    private static readonly int[] PartlyWaitingPorts = [6379];

    /// <inheritdoc/>
    public override RuleInfo Info { get; } = new("captured-slow-server", Source: "RFC 9293, section 3.8.6.3; RFC 1122, section 4.2.3.2", "sender-application-limited");

    /// <inheritdoc/>
    internal override IEnumerable<Finding> Judge(CapturedScene scene)
    {
        if (scene.IsOneSided || scene.HasGaps || !scene.Conversation.IsOpenerKnown || scene.Conversation.Http is not null)
            yield break;
        if (GreetingTime(scene) is { } wait && wait >= Slow)
            yield return Greets(scene, wait);
        else if (scene.Server.LateAnswers is { } late && late.Longest - (CapturedScene.WaitBefore(scene.Server, late.Packet)?.OnWay ?? TimeSpan.Zero) >= Slow && late.Awaited * 2 >= late.Count && late.Awaited > 0 && !WaitingPorts.Contains(scene.Conversation.Server.Port))
            yield return Answers(scene, late);
    }

    // It speaks first, and the client goes on as soon as it has: SMTP, FTP, POP, MySQL, SSH.
    private static TimeSpan? GreetingTime(CapturedScene scene)
    {
        bool isFirst = scene.IsOpened && scene.Server.FirstDataAt < scene.Client.FirstDataAt && scene.Client.Syns == 1;
        bool isAwaited = isFirst && scene.Client.FirstDataAt - scene.Server.FirstDataAt <= AtOnce + (scene.Conversation.InitialRoundTrip ?? TimeSpan.Zero);
        bool wasLost = scene.Server.Skips.Any(skip => skip.Packet == scene.Server.FirstDataPacket);
        return isAwaited && !wasLost ? scene.Conversation.FirstDataAfter - scene.Conversation.InitialRoundTrip - (CapturedScene.WaitBefore(scene.Server, scene.Server.FirstDataPacket)?.OnWay ?? TimeSpan.Zero) : null;
    }

    private static Finding Greets(CapturedScene scene, TimeSpan wait) => new(
        "sender-application-limited", Severity.Warning, Where.Remote,
        $"{scene.ServerName} takes {Words.Of(wait)} after the connection is open until it greets{NotTheNetwork(scene, scene.Server.FirstDataPacket)}.",
        [
            scene.Weigh(Weight.Strong, $"the handshake took {Words.Of(scene.Conversation.InitialRoundTrip ?? TimeSpan.Zero)}, and its first word came {Words.Of(wait)} later{CapturedScene.Numbers(scene.Server.FirstDataPacket)}"),
            scene.Weigh(Weight.Hint, $"the client waited for that: it went on {Words.Of((scene.Client.FirstDataAt - scene.Server.FirstDataAt) ?? TimeSpan.Zero)} after it"),
            scene.SendingTime(scene.Server.FirstDataPacket),
        ])
    {
        Next = [.. scene.WhereToSee(scene.Server.FirstDataPacket)],
        Packets = [scene.Conversation.FirstPacket, scene.Server.FirstDataPacket],
        Remedies = [new Remedy("Look at what the program does before it greets: as a rule it looks the client's address up (reverse DNS, ident) or waits for a free process.", ShellCommand.Of($"dig -x {scene.Conversation.Client.Address}"), CapturedScene.Machine(scene.Conversation.Server.Address))],
    };

    private static string NotTheNetwork(CapturedScene scene, long packet) => scene.WasSentLate(packet) ? "; the network is not what is slow" : "";

    private static Finding Answers(CapturedScene scene, CapturedLateAnswers late)
    {
        // Under TLS, or where it was cut, a request that is meant to wait looks like any other: one that its client ends with is hardly one of those,
        // unless it took as long as such requests may.
        bool isUnread = scene.Conversation.Tls is not null || scene.Capture is { CutPackets: > 0 };
        bool isPartly = PartlyWaitingPorts.Contains(scene.Conversation.Server.Port);
        bool isSecret = isUnread && (late.AwaitedByEnd < late.Count || late.Longest >= LongPoll);
        // A single one may be news that nobody had asked for, which its receiver answers; the turns of TLS are its handshake's.
        bool isUsual = scene.Conversation.Tls is not null || (late.Count * 2 >= late.Turns && (late.Count >= 2 || late.AwaitedByEnd > 0));
        return new Finding(
            "sender-application-limited", isSecret || !isUsual || isPartly ? Severity.Info : Severity.Warning, Where.Remote,
            $"{scene.ServerName} lets its client wait for up to {Words.Of(late.Longest)} until it answers{NotTheNetwork(scene, late.Packet)}.",
            [
                scene.Weigh(Weight.Strong, $"{late.Count} of {Words.Count(late.Turns, "answer")} came half a second or later after it had acknowledged what they answer, {Words.Of(late.Total)} in all{CapturedScene.Numbers(late.Packet)}"),
                scene.Weigh(Weight.Hint, $"the client waited for them: after {(late.Awaited == late.Count ? late.Count == 1 ? "it" : "each of them" : $"{late.Awaited} of them")} it went on at once"),
                scene.SendingTime(late.Packet),
                scene.Weigh(Weight.HintAgainst, isPartly ? "commands that wait for news (BLPOP, XREAD BLOCK) are answered late as they are meant to be; after any other one, all clients of a server that does one thing at a time wait for the same (SLOWLOG GET tells)" : "whether the request is meant to wait until something happens, its protocol would have to tell"),
            ])
        {
            Packets = [late.Packet],
            Next = [.. scene.WhereToSee(late.Packet)],
            Remedies = [new Remedy("Look at what the program waits for: a database, a lock, a backend.", ShellCommand.Of($"ss -tnpi 'sport = :{scene.Conversation.Server.Port}'"), CapturedScene.Machine(scene.Conversation.Server.Address))],
        };
    }
}
