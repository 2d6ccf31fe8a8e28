using System.Collections.Concurrent;
using NetWhy.Wire.Dns;

namespace NetWhy.Names;

/// <summary>Asks each question of another source once, so that questions can be asked ahead of their need.</summary>
/// <param name="source">The source that is asked.</param>
/// <param name="mostQuestions">How many questions are asked at most.</param>
/// <param name="cancellationToken">Ends the wait of all questions.</param>
internal sealed class RememberingSource(IRecordSource source, int mostQuestions, CancellationToken cancellationToken)
{
    private readonly ConcurrentDictionary<(DomainName, DnsRecordType), Task<FetchedMessage>> _answers = new();

    /// <summary>How many questions were asked.</summary>
    internal int Asked => _answers.Count;

    /// <summary>What has been fetched so far.</summary>
    internal IEnumerable<FetchedMessage> Answered => _answers.Values.Where(task => task.IsCompletedSuccessfully).Select(task => task.Result);

    /// <summary>Fetches, or waits for what is being fetched.</summary>
    internal Task<FetchedMessage> FetchAsync(DomainName name, DnsRecordType type)
    {
        if (_answers.TryGetValue((name, type), out Task<FetchedMessage>? known))
            return known;
        if (_answers.Count >= mostQuestions)
            return Task.FromResult(new FetchedMessage(default, "") { Failure = $"more than {mostQuestions} questions were needed" });

        return _answers[(name, type)] = source.FetchAsync(name, type, cancellationToken);
    }

    /// <summary>Waits until nothing is under way any more.</summary>
    internal Task EndAsync() => Task.WhenAll(_answers.Values).ContinueWith(
        static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
}
